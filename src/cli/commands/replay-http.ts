import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  compareRules,
  REPRESENTATIONS,
  type CompareOptions,
  type CompareRules,
  type Representation,
} from '../../compare/index.ts';
import { CutoverError, describeError, suggest } from '../../kernel/index.ts';
import {
  parseRecording,
  replayHttp,
  replayReport,
  type Replayed,
  type ReplayReport,
} from '../../verify/index.ts';
import type { Command, Context } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { countOption, durationOption, isOn, listOption, textOption } from '../given.ts';
import { answer } from '../io.ts';
import { renderReplay } from '../render/replay-http.ts';

const CONCURRENCY = 4;
const TIMEOUT_MS = 10_000;

export const replayHttpCommand: Command = {
  name: 'replay-http',
  summary: 'Send recorded GET requests to both sides and compare the answers. Nothing else is sent.',
  arguments: [{ name: 'recording', summary: 'a HAR file, an access log, or a file with a path a line' }],
  options: [
    { flags: '--control <url>', summary: 'where control answers' },
    { flags: '--candidate <url>', summary: 'where the candidate answers' },
    {
      flags: '--header-env <name=variable>',
      summary: 'a header whose value is in an environment variable (repeatable)',
      repeatable: true,
    },
    {
      flags: '--same <what>',
      summary: 'take for the same: number, scale, time, … (repeatable)',
      repeatable: true,
    },
    { flags: '--any-order', summary: 'lists in answers may be in another order' },
    { flags: '--ignore <file>', summary: 'JSON: a list of rules with path, owner, reason and expires' },
    {
      flags: '--concurrency <count>',
      summary: `requests at once, each to both sides (default: ${CONCURRENCY})`,
    },
    { flags: '--timeout <duration>', summary: 'for one answer (default: 10s)' },
  ],
  examples: [
    'cutover replay-http access.log --control http://127.0.0.1:3001 --candidate http://127.0.0.1:3002',
    'cutover replay-http shop.har --control https://a.example --candidate https://b.example --header-env authorization=TOKEN',
  ],
  mutates: false,
  async run(context) {
    const { given, io, clock, signal } = context;
    const recording = parseRecording(await textOf(context, given.args[0] ?? ''));
    const control = urlOption(context, 'control');
    const candidate = urlOption(context, 'candidate');
    const results: Replayed[] = [];
    await replayHttp(
      recording.requests,
      {
        control,
        candidate,
        rules: await rulesOf(context),
        headers: headersOf(context),
        timeoutMs: durationOption(given, 'timeout') ?? TIMEOUT_MS,
        concurrency: countOption(given, 'concurrency') ?? CONCURRENCY,
        signal,
        now: () => clock.monotonic(),
        wallClock: () => clock.now(),
      },
      (result) => {
        results.push(result);
        if (results.length % 1_000 === 0)
          io.progress(io.paintProgress('dim', `${results.length} of ${recording.requests.length} requests`));
      },
    );
    const report = replayReport(results);
    const isWhole = results.length === recording.requests.length;
    const document = {
      schema: 'cutover.replay-http/1' as const,
      isWhole,
      skipped: recording.skipped,
      ...report,
    };
    answer(io, document, () => renderReplay(report, recording, isWhole, io.width, io.paint));
    return signal.aborted ? EXIT.interrupted : exitOf(report);
  },
};

/** Nothing compared is not compatible. */
function exitOf({ compatible, outcomes }: ReplayReport): ExitCode {
  return compatible === 1 && outcomes.incomparable === 0 ? EXIT.ok : EXIT.findings;
}

async function textOf({ cwd }: Context, file: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (cause) {
    throw new CutoverError('USAGE', `${file} cannot be read: ${describeError(cause)}`, {
      hint: 'give the path of a file',
      cause,
    });
  }
}

function urlOption({ given }: Context, name: 'control' | 'candidate'): URL {
  const text = textOption(given, name);
  const url = text === undefined ? null : URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.username === '') return url;
  throw new CutoverError(
    'USAGE',
    text === undefined
      ? `--${name} is missing`
      : `--${name} ${text}: expected an http or https address without user and query`,
    { hint: `write --${name} http://127.0.0.1:3001` },
  );
}

function headersOf({ given, env }: Context): Readonly<Record<string, string>> {
  const headers = (listOption(given, 'headerEnv') ?? []).map((text): [string, string] => {
    const [, name, variable] = /^([\w-]+)=(\w+)$/.exec(text) ?? [];
    if (name === undefined || variable === undefined) {
      throw new CutoverError(
        'USAGE',
        `--header-env ${text}: expected a header's name, = and a variable's name`,
        {
          hint: 'write --header-env authorization=TOKEN',
        },
      );
    }
    const value = env[variable];
    if (value !== undefined && value !== '') return [name, value];
    throw new CutoverError('USAGE', `--header-env ${text}: ${variable} is not set`, {
      hint: `set ${variable} in the environment; values are not taken from arguments`,
    });
  });
  return Object.fromEntries(headers);
}

/** @throws CutoverError `COMPARE_INVALID` */
async function rulesOf(context: Context): Promise<CompareRules> {
  const { given } = context;
  const file = textOption(given, 'ignore');
  return compareRules('replay-http', {
    ordered: !isOn(given, 'anyOrder'),
    same: (listOption(given, 'same') ?? []).map(representation),
    ignore: file === undefined ? [] : ignoreRules(file, await textOf(context, file)),
  });
}

function representation(name: string): Representation {
  const known = REPRESENTATIONS.find((one) => one === name);
  if (known !== undefined) return known;
  const near = suggest(name, REPRESENTATIONS);
  throw new CutoverError('COMPARE_INVALID', `--same ${name}: there is no such representation`, {
    hint: near === undefined ? `known: ${REPRESENTATIONS.join(', ')}` : `did you mean "${near}"?`,
  });
}

function ignoreRules(file: string, text: string): NonNullable<CompareOptions['ignore']> {
  try {
    const rules: unknown = JSON.parse(text);
    if (Array.isArray(rules) && rules.every((rule) => typeof rule === 'object' && rule !== null))
      return rules as NonNullable<CompareOptions['ignore']>;
  } catch {
    // Told below.
  }
  throw new CutoverError('COMPARE_INVALID', `${file} is no JSON list of rules`, {
    hint: '[{ "path": "[].updatedAt", "owner": "ana", "reason": "the column has seconds", "expires": "2026-12-31" }]',
  });
}
