import { divideAlpha, judgeRow, NO_MEMORY, type RowMemory } from '../src/gate/index.ts';
import { seededRandom } from '../src/kernel/index.ts';
import { figure, type Outcome, type Peer } from './figure.ts';
import { KINDS, measureOf, play, type Kind } from './gate-run.ts';
import { PEER_RULES, type PeerRule } from './peer-rules.ts';
import { median, quantile } from './timing.ts';
import { LOOK_MS, LOOKS, SHAPES, world, type Fault, type Seen, type Shape } from './worlds.ts';

const FAULT_RUNS = 200;
const IDENTICAL_RUNS = 60;
/** A rule that did not find a fault within the migration is counted with its end. */
const END_S = (LOOKS * LOOK_MS) / 1_000;
const CONSTANT: Shape = SHAPES[0] ?? { name: '', callsPerSecond: 0, errorRate: 0 };
const BY_NAME = new Map(KINDS.map((kind) => [kind.name, kind]));
const ERRORS = kindsOf('errors > control + 10 %');
const P95 = kindsOf('p95 > control + 10 %');
const BROKEN: Fault = { from: 0, errorRate: 0.1 };
/** After half an hour. */
const LATER: Fault = { ...BROKEN, from: 180 };

/** How soon a fault is found, whom it harms until then, and how often nothing is found where nothing is. */
export default async function measure(): Promise<Outcome> {
  const broken = ours(ERRORS, BROKEN);
  const later = ours(ERRORS, LATER);
  const fifty = ours(KINDS, BROKEN, { ...CONSTANT, repositories: 10 });
  const value = ours(kindsOf('errors > 0.5 %'), LATER);
  const slower = ours(P95, { from: 0, slower: 2 });
  const slowerOfMany = ours(P95, { from: 0, slower: 2 }, { ...CONSTANT, callsPerSecond: 200 });
  const peers = PEER_RULES.map((rule) => ({ name: rule.name, found: theirs(rule, BROKEN) }));
  const beside = (value: (found: readonly Found[]) => number): readonly Peer[] =>
    peers.map(({ name, found }) => ({ name, value: value(found) }));
  return {
    figures: [
      figure(
        '10 % errors at 2 calls/s: found, median',
        seconds(broken, 0.5),
        beside((of) => seconds(of, 0.5)),
      ),
      figure(
        '10 % errors at 2 calls/s: found, p90',
        seconds(broken, 0.9),
        beside((of) => seconds(of, 0.9)),
      ),
      figure('calls harmed until then, median', harmed(broken), beside(harmed)),
      figure('the same after half an hour of health, median', seconds(later, 0.5)),
      figure('the same after half an hour of health, p90', seconds(later, 0.9)),
      figure('the same, an absolute limit, median', seconds(value, 0.5)),
      figure('the same, an absolute limit, p90', seconds(value, 0.9)),
      figure('the same at once, fifty rows share alpha, median', seconds(fifty, 0.5)),
      figure('the same at once, fifty rows share alpha, p90', seconds(fifty, 0.9)),
      figure('twofold p95 at 2 calls/s: found, p90', seconds(slower, 0.9)),
      figure('twofold p95 at 20 calls/s: found, p90', seconds(slowerOfMany, 0.9)),
      figure('identical code taken back', identical(CONSTANT), identicalPeers(CONSTANT)),
      figure('identical code whose base rate changes', identical(ramp()), identicalPeers(ramp())),
      figure('120 rows judged', judging()),
    ],
    missing: [],
  };
}

type Found = { readonly seconds: number; readonly harmed: number };

function kindsOf(name: string): readonly Kind[] {
  const kind = BY_NAME.get(name);
  return kind === undefined ? [] : [kind];
}

function ramp(): Shape {
  return SHAPES.find(({ errorRateLater }) => errorRateLater !== undefined) ?? CONSTANT;
}

function ours(kinds: readonly Kind[], fault: Fault, shape: Shape = CONSTANT): readonly Found[] {
  const runs = shape.repositories === undefined ? FAULT_RUNS : FAULT_RUNS / 5;
  return Array.from({ length: runs }, (_, run) => {
    const [end] = play({ shape, plans: [kinds], seed: run + 1, fault, looks: fault.from + 360 });
    const look = end?.red ?? null;
    return { seconds: since(look, fault), harmed: end?.harmed ?? 0 };
  });
}

function theirs(rule: PeerRule, fault: Fault): readonly Found[] {
  return Array.from({ length: FAULT_RUNS }, (_, run) => {
    const { look, harmed: calls } = firstAlarm(rule, CONSTANT, run + 1, fault);
    return { seconds: since(look, fault), harmed: calls };
  });
}

function firstAlarm(
  rule: PeerRule,
  shape: Shape,
  seed: number,
  fault?: Fault,
): { readonly look: number | null; readonly harmed: number } {
  const alarm = rule.begin();
  let look = 0;
  let harmedCalls = 0;
  for (const seen of world(shape, seededRandom(seed), fault)) {
    if (fault !== undefined && look >= fault.from) harmedCalls += seen.candidate.errors;
    if (alarm(seen)) return { look, harmed: harmedCalls };
    look += 1;
  }
  return { look: null, harmed: harmedCalls };
}

function since(look: number | null, fault: Fault): number {
  return look === null ? END_S : ((look + 1 - fault.from) * LOOK_MS) / 1_000;
}

function seconds(found: readonly Found[], q: number): number {
  return quantile(
    found.map((one) => one.seconds),
    q,
  );
}

function harmed(found: readonly Found[]): number {
  return median(found.map((one) => one.harmed));
}

/** Percent of three-hour runs. */
function identical(shape: Shape): number {
  const taken = Array.from({ length: IDENTICAL_RUNS }, (_, run) =>
    play({ shape, plans: [ERRORS], seed: run + 1 }).filter(({ red }) => red !== null),
  ).flat();
  return (100 * taken.length) / IDENTICAL_RUNS;
}

function identicalPeers(shape: Shape): readonly Peer[] {
  return PEER_RULES.map((rule) => {
    const taken = Array.from({ length: IDENTICAL_RUNS }, (_, run) => firstAlarm(rule, shape, run + 1)).filter(
      ({ look }) => look !== null,
    );
    return { name: rule.name, value: (100 * taken.length) / IDENTICAL_RUNS };
  });
}

/** Twenty repositories with six rows each, of the fifth look of a migration: milliseconds, the median of many. */
function judging(): number {
  const kinds = [...KINDS, ...KINDS.slice(0, 1)];
  const looks: Seen[] = [];
  for (const seen of world(CONSTANT, seededRandom(1))) if (looks.push(seen) === 6) break;
  const rows = Array.from({ length: 20 }, () => kinds).flat();
  const alpha = divideAlpha(
    { gates: { matrix: rows.map(({ row }) => row) }, metrics: { m: ERRORS[0]?.metric ?? never() } },
    'rollback',
  ).each;
  const rules = { maxAgeMs: LOOK_MS, alpha, needsFine: true };
  const measures = rows.map((kind) => measureOf(kind, looks));
  let memories: readonly RowMemory[] = rows.map(() => NO_MEMORY);
  const look = (): void => {
    memories = rows.map((kind, at) => {
      const measured = measures[at] ?? never();
      return judgeRow(kind.row, kind.metric, measured, memories[at] ?? NO_MEMORY, rules).memory;
    });
  };
  // As long as it takes until the engine has compiled it, as a controller has after its first minutes.
  for (let before = 0; before < 500; before += 1) look();
  return median(Array.from({ length: 20 }, () => workOf(50, look)));
}

/** Milliseconds that this process was at work for one of so many: what other programs take is not ours. */
function workOf(times: number, work: () => void): number {
  const began = process.cpuUsage();
  for (let time = 0; time < times; time += 1) work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000 / times;
}

function never(): never {
  throw new Error('there is a measure for every row');
}
