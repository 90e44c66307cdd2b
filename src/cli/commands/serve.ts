import { CutoverError } from '../../kernel/index.ts';
import {
  isRole,
  listTokens,
  serve as startServer,
  type ProxySettings,
  type Role,
} from '../../server/index.ts';
import { openStore } from '../../store/index.ts';
import type { Command, Context } from '../command.ts';
import { databasesOf } from '../databases.ts';
import { effectsOf, measuresOf, probesOf } from '../effects.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { listOption, textOption, type Given } from '../given.ts';
import { actorOf, holderName } from '../identity.ts';
import { answer } from '../io.ts';
import { isReadOnly } from '../read-only.ts';
import { originOf } from '../session.ts';
import { versionOf } from '../version.ts';
import { wayIn } from '../way-in.ts';

/** Where the secret is that a proxy sends along: an argument would be seen by everybody on the machine. */
const SECRET_VARIABLE = 'CUTOVER_PROXY_SECRET';

export const serve: Command = {
  name: 'serve',
  summary:
    'Serve status, log and operations to programs, and routing state to instances, over HTTP until Ctrl-C.',
  options: [
    { flags: '--host <address>', summary: 'where to listen (default: 127.0.0.1)' },
    { flags: '--port <number>', summary: 'where to listen (default: one that is free)' },
    {
      flags: '--origin <url>',
      summary: 'where browsers reach it, such as https://cutover.example (repeatable)',
      repeatable: true,
    },
    {
      flags: '--proxy-user-header <name>',
      summary: 'the header in which a trusted proxy says who somebody is',
    },
    { flags: '--proxy-groups-header <name>', summary: 'the header with groups, divided by commas' },
    {
      flags: '--proxy-address <address>',
      summary: 'where the proxy speaks from: an address or a network (repeatable)',
      repeatable: true,
    },
    {
      flags: '--proxy-secret-header <name>',
      summary: `the header with the secret of ${SECRET_VARIABLE}, which only the proxy sends`,
    },
    {
      flags: '--proxy-role <role>',
      summary: 'what people of the proxy may do: a role, or group=role (repeatable; default: viewer)',
      repeatable: true,
    },
  ],
  examples: [
    'cutover serve',
    'cutover serve --host 0.0.0.0 --port 8080 --origin https://cutover.example --proxy-user-header x-forwarded-email --proxy-address 10.0.0.7',
    'cutover serve --read-only --port 8080',
  ],
  mutates: false,
  run: carryOn,
};

async function carryOn(context: Context): Promise<ExitCode> {
  const { given, io, clock, env, signal } = context;
  const host = hostOf(given);
  const port = portOf(given);
  const proxy = proxyOf(given, env);
  const origins = (listOption(given, 'origin') ?? []).map(originText);
  const { config, place } = await originOf(context);
  const readOnly = isReadOnly(context);
  const store = await openStore(place, { clock, readOnly, prepare: true });
  const ports = {
    effects: effectsOf(config, env),
    databases: databasesOf(config, context),
    probes: probesOf(env),
    measures: measuresOf(config, env),
  };
  let link: string | null = null;
  try {
    const serving = await startServer({
      store,
      clock,
      plans: [{ plan: config.plan, hash: config.hash }],
      host,
      port,
      version: versionOf(),
      holder: holderName(),
      actor: actorOf(context),
      readOnly,
      keepMs: config.keepMs,
      proxy,
      origins,
      portsOf: ({ isConfigured }) => (isConfigured ? ports : null),
      onLink: (made) => {
        if (link !== null) io.progress(`the link was used; another one: ${made}`);
        link = made;
      },
      onFault: (error) =>
        io.progress(`trouble: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    });
    const { url } = serving;
    const way = wayIn(link, proxy !== null, await listTokens(store), clock.now());
    answer(io, { schema: 'cutover.serving/1', url, link, readOnly }, () =>
      [`serving ${url}${readOnly ? ', read-only' : ''}`, ...(way === null ? [] : [way])].join('\n'),
    );
    await aborted(signal);
    io.progress('ending: requests that are on are finished');
    await serving.close();
    return EXIT.ok;
  } finally {
    await store.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** @throws CutoverError `USAGE` for none, which would be every address: a variable that is not set is no wish for that */
function hostOf(given: Given): string {
  const host = textOption(given, 'host') ?? '127.0.0.1';
  if (host.trim() !== '') return host;
  throw new CutoverError('USAGE', '--host is empty', {
    hint: 'write 127.0.0.1, or 0.0.0.0 to be reached from elsewhere',
  });
}

/** @throws CutoverError `USAGE` */
function portOf(given: Given): number {
  const text = textOption(given, 'port') ?? '0';
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new CutoverError('USAGE', `--port ${text} is outside 0..65535`, {
    hint: 'write 8080, or 0 for any that is free',
  });
}

/** @throws CutoverError `USAGE` */
function originText(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new CutoverError('USAGE', `--origin ${text} is no origin`, {
    hint: 'write scheme, host and port, without a path: https://cutover.example',
  });
}

/** @throws CutoverError `USAGE`, `ENVIRONMENT_VARIABLE_INVALID` */
function proxyOf(given: Given, env: Context['env']): ProxySettings | null {
  const userHeader = textOption(given, 'proxyUserHeader');
  if (userHeader === undefined) {
    const [unused] = ['proxyGroupsHeader', 'proxyAddress', 'proxySecretHeader', 'proxyRole'].filter(
      (name) => given.options[name] !== undefined,
    );
    if (unused !== undefined)
      throw new CutoverError('USAGE', 'a proxy is described, and not how it says who somebody is', {
        hint: 'add --proxy-user-header <name>',
      });
    return null;
  }
  const roles = (listOption(given, 'proxyRole') ?? ['viewer']).map(groupRole);
  const groups = new Map<string, readonly Role[]>();
  for (const { group, role } of roles)
    if (group !== null) groups.set(group, [...(groups.get(group) ?? []), role]);
  return {
    userHeader,
    groupsHeader: textOption(given, 'proxyGroupsHeader') ?? null,
    addresses: listOption(given, 'proxyAddress') ?? [],
    secret: secretOf(given, env),
    everybody: roles.flatMap(({ group, role }) => (group === null ? [role] : [])),
    groups,
  };
}

function secretOf(given: Given, env: Context['env']): ProxySettings['secret'] {
  const header = textOption(given, 'proxySecretHeader');
  if (header === undefined) return null;
  const value = env[SECRET_VARIABLE] ?? '';
  if (value.length >= 16) return { header, value };
  throw new CutoverError('ENVIRONMENT_VARIABLE_INVALID', `${SECRET_VARIABLE} has fewer than 16 characters`, {
    hint: 'set it to a long random text, here and in the proxy',
  });
}

function groupRole(text: string): { readonly group: string | null; readonly role: Role } {
  const at = text.lastIndexOf('=');
  const role = text.slice(at + 1);
  if (!isRole(role) || role === 'instance')
    throw new CutoverError('USAGE', `--proxy-role ${text}: ${JSON.stringify(role)} is no role of a person`, {
      hint: 'write viewer, operator, approver or administrator, or group=role',
    });
  return { group: at < 0 ? null : text.slice(0, at), role };
}
