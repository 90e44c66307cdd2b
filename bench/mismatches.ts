import {
  capture,
  compareAnswers,
  compareRules,
  NoiseModel,
  type CompareRules,
  type Difference,
} from '../src/compare/index.ts';
import { figure, type Outcome } from './figure.ts';
import { corpus, type Call, type Scenario } from './mismatch-corpus.ts';
import { load, readyPeers } from './peers.ts';

/** Which calls of a scenario somebody says were answered wrongly. */
export type Judge = (scenario: Scenario) => readonly boolean[];
export type Score = { readonly precision: number; readonly recall: number };

/**
 * How many of the calls that are reported were answered wrongly (precision), and how many of those answered wrongly are
 * reported (recall). Diffy's rule is built from its description: a field is reported when the candidate differs there
 * more often than control from itself, by a fifth of both and by 0.03 % of the calls.
 */
export default async function measure(): Promise<Outcome> {
  const scenarios = corpus();
  const { peers, missing } = await readyPeers({
    'fast-deep-equal': async () => {
      type Equal = (one: unknown, other: unknown) => boolean;
      const equal = await load<{ readonly default: Equal }>('fast-deep-equal');
      return {
        name: 'fast-deep-equal',
        run: () => {},
        judge: byEach((one, other) => equal.default(one, other)),
      };
    },
  });
  const judges: readonly { readonly name: string; readonly judge: Judge }[] = [
    { name: '===', judge: byEach((one, other) => one === other) },
    { name: 'equality of JSON', judge: byEach((one, other) => jsonOf(one) === jsonOf(other)) },
    ...peers,
    { name: 'Diffy (rule)', judge: diffy },
  ];
  const scores = judges.map(({ name, judge }) => ({ name, ...score(scenarios, judge) }));
  const ours = score(scenarios, cutover);
  const missed = (of: keyof Score, own: Score) => ({
    value: 1 - own[of],
    peers: scores.map((one) => ({ name: one.name, value: 1 - one[of] })),
  });
  const [precision, recall] = [missed('precision', ours), missed('recall', ours)];
  const figures = [
    figure('reported calls that were answered rightly', precision.value * 100, percent(precision.peers)),
    figure('wrong answers that were not reported', recall.value * 100, percent(recall.peers)),
  ];
  return { figures, missing };
}

function percent(peers: readonly { readonly name: string; readonly value: number }[]) {
  return peers.map(({ name, value }) => ({ name, value: value * 100 }));
}

export function score(scenarios: readonly Scenario[], judge: Judge): Score {
  let [reported, wrong, both] = [0, 0, 0];
  for (const scenario of scenarios) {
    const says = judge(scenario);
    scenario.calls.forEach(({ isBug }, at) => {
      reported += says[at] === true ? 1 : 0;
      wrong += isBug ? 1 : 0;
      both += isBug && says[at] === true ? 1 : 0;
    });
  }
  return { precision: reported === 0 ? 1 : both / reported, recall: both / wrong };
}

/** Ours: every tenth call is answered twice by control, and what was learned of its noise by the end is used. */
export const cutover: Judge = ({ name, options, calls }) => {
  const rules = compareRules(name, options);
  const noise = new NoiseModel();
  const found = calls.map(({ control, candidate, again }, at) => {
    if (at % 10 === 0) noise.doubled(differencesOf(control, again, rules));
    const differences = differencesOf(control, candidate, rules);
    noise.compared(differences);
    return differences;
  });
  return found.map((differences) =>
    differences.some((one) => one.isUnpromised !== true && !noise.isNoise(one)),
  );
};

function differencesOf(control: unknown, candidate: unknown, rules: CompareRules): readonly Difference[] {
  const found = compareAnswers(capture(control), capture(candidate), rules);
  return typeof found === 'string' ? [] : found;
}

function byEach(isSame: (control: unknown, candidate: unknown) => boolean): Judge {
  return ({ calls }) => calls.map(({ control, candidate }) => !isSame(control, candidate));
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `${member}n` : member));
}

/** As described by its authors: differences by field; order and length of lists are fields too. */
export const diffy: Judge = ({ calls }) => {
  const raw = calls.map(({ control, candidate }) => fieldsApart(control, candidate));
  const noise = calls.map(({ control, again }: Call) => fieldsApart(control, again));
  const count = (sets: readonly ReadonlySet<string>[], field: string): number =>
    sets.filter((set) => set.has(field)).length;
  const reported = new Set(
    [...new Set(raw.flatMap((set) => [...set]))].filter((field) => {
      const [differs, noisy] = [count(raw, field), count(noise, field)];
      const apart = Math.abs(differs - noisy);
      return differs > noisy && apart / (differs + noisy) > 0.2 && apart / calls.length > 0.0003;
    }),
  );
  return raw.map((set) => [...set].some((field) => reported.has(field)));
};

/** Places where the JSON of two answers differs, rows by position. */
function fieldsApart(control: unknown, candidate: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (one: unknown, other: unknown, path: string): void => {
    if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
      if (one !== other) found.add(path);
      return;
    }
    const [left, right] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
    for (const key of new Set([...left.keys(), ...right.keys()]))
      walk(left.get(key), right.get(key), `${path}.${Array.isArray(one) ? '' : key}`);
  };
  walk(JSON.parse(jsonOf(control)), JSON.parse(jsonOf(candidate)), '');
  return found;
}
