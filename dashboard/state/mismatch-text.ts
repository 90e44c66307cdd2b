import type { ExplainedDocument } from '../../src/server/routes/mismatches.ts';
import { counted } from './figures.ts';

export type Explanation = ExplainedDocument['explained'][number];
export type Group = Explanation['group'];

/** Where the answers differ, for people. */
export function placeOf({ path }: Pick<Group, 'path'>): string {
  return path === '' ? 'the answer itself' : path;
}

/** What an ignore rule needs from a person. A rule without a reason is refused. */
export type RuleForm = { readonly owner: string; readonly reason: string; readonly expires: string };

/** What to write into `shadow.operations` of the repository to live with a difference until a day. */
export function ignoreRuleText({ operation, path, kind }: Group, rule: RuleForm): string {
  const members = Object.entries({ path, kind, ...rule }).map(
    ([name, value]) => `      ${name}: ${quoted(value.trim())},`,
  );
  return [`${propertyName(operation)}: {`, '  ignore: [', '    {', ...members, '    },', '  ],', '},'].join(
    '\n',
  );
}

function quoted(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", String.raw`\'`)
    .replaceAll(/[\r\n]/g, ' ');
  return `'${escaped}'`;
}

function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** The places of the call of a sample at which both sides differ: of the group, and of those that were seen with it. */
export function differingPlaces({ group, together }: Explanation): readonly {
  readonly at: string;
  readonly control: string;
  readonly candidate: string;
}[] {
  return [group, ...together].flatMap(({ sample }) => {
    if (sample === undefined) return [];
    const { at, control, candidate } = sample;
    return [{ at: at === '' ? 'the answer itself' : at, control, candidate }];
  });
}

/** Markdown for an issue tracker: what differs, how often, in which call, and how to see it again. Values are as they were redacted. */
export function issueText(explained: Explanation, migration: string, environment: string): string {
  const { group, because, answers, noise } = explained;
  const { id, repository, operation, kind, count, instances, firstAt, lastAt, sample } = group;
  const places = differingPlaces(explained).flatMap(({ at, control, candidate }) => [
    `At \`${at}\``,
    '',
    fenced(`control    ${control}\ncandidate  ${candidate}`),
    '',
  ]);
  return [
    `# ${repository}.${operation}: ${kind} at ${placeOf(group)}`,
    '',
    `${migration}, ${environment}, mismatch \`${id}\`.`,
    '',
    ...because.map((text) => `- ${text}`),
    `- ${counted(count, 'time')} on ${counted(instances.length, 'instance')}, from ${moment(firstAt)} to ${moment(lastAt)}`,
    `- of ${counted(answers.compared, 'compared answer')} of the operation ${answers.different} differ unexplained`,
    `- noise: ${noise}`,
    '',
    ...places,
    ...(sample === undefined
      ? ['No call of it is kept: the application has no `samples` in its `shadow()`.', '']
      : [
          `Asked with (${sample.args.join(', ')}), answered by ${sample.served}; control took ${sample.controlMs}ms, the candidate ${sample.candidateMs}ms.`,
          '',
          'To make the call again on both sides:',
          '',
          fenced(`cutover mismatches replay ${id} --environment ${environment}`),
          '',
        ]),
  ].join('\n');
}

const moment = (at: number): string => new Date(at).toISOString();

/** A fence that is longer than any within the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
