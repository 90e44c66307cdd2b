import { capture, groupId, noted, redact, type Difference, type RedactOptions } from '../compare/index.ts';
import { LatencySketch, mergeSketches, type SketchData } from '../measure/index.ts';
import { CALL_OUTCOMES, type CallOutcome, type ComparedCall } from './compare-call.ts';

/** A call in which a group was seen, redacted. */
export type CallSample = {
  /** Number of the call within its operation, from 0: where to look for it in the source of arguments. */
  readonly call: number;
  readonly at: string;
  readonly control: string;
  readonly candidate: string;
  readonly args: readonly string[];
  readonly controlMs: number;
  readonly candidateMs: number;
};

/** Differences of one kind at one place of an operation's answers. */
export type CallGroup = Pick<Difference, 'kind' | 'path' | 'as' | 'note'> & {
  /** The same as a mismatch of the shadow has there. */
  readonly id: string;
  /** Calls in which it was seen. */
  readonly calls: number;
  readonly samples: readonly CallSample[];
};

/** What so many calls of one operation have shown. JSON. */
export type CallTally = {
  readonly calls: number;
  readonly outcomes: Readonly<Record<CallOutcome, number>>;
  /** Why calls could not be compared. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly groups: readonly CallGroup[];
  /** Groups beyond those that are kept, in calls. */
  readonly otherGroups: number;
  readonly times: { readonly control: SketchData; readonly candidate: SketchData };
};

const MOST_GROUPS = 100;
const MOST_SAMPLES = 3;
const MOST_REASONS = 20;

export const NO_CALLS: CallTally = {
  calls: 0,
  outcomes: { same: 0, failedAlike: 0, different: 0, transient: 0, noise: 0, ignored: 0, incomparable: 0 },
  reasons: {},
  groups: [],
  otherGroups: 0,
  times: { control: [], candidate: [] },
};

export type TalliedCall = ComparedCall & { readonly call: number; readonly args: readonly unknown[] };

/** What some calls have shown. @param of the operation, as its groups are named */
export function tallyOf(
  of: { readonly repository: string; readonly operation: string },
  calls: readonly TalliedCall[],
  redaction: RedactOptions,
): CallTally {
  const [control, candidate] = [new LatencySketch(), new LatencySketch()];
  for (const call of calls) {
    control.record(call.control.ms);
    candidate.record(call.candidate.ms);
  }
  const whole = calls.map((call) => tallyOfOne(of, call, redaction)).reduce(addTallies, NO_CALLS);
  return { ...whole, times: { control: control.drain(), candidate: candidate.drain() } };
}

/** Of two parts, the earlier first: its samples are kept. Nothing is lost but samples, groups and reasons beyond a limit. */
export function addTallies(one: CallTally, other: CallTally): CallTally {
  const groups = new Map(one.groups.map((group) => [group.id, group]));
  let otherGroups = one.otherGroups + other.otherGroups;
  for (const group of other.groups) {
    const known = groups.get(group.id);
    if (known !== undefined) groups.set(group.id, addGroups(known, group));
    else if (groups.size < MOST_GROUPS) groups.set(group.id, group);
    else otherGroups += group.calls;
  }
  return {
    calls: one.calls + other.calls,
    outcomes: sumOf(CALL_OUTCOMES, one.outcomes, other.outcomes),
    reasons: addReasons(one.reasons, other.reasons),
    groups: [...groups.values()],
    otherGroups,
    times: {
      control: mergeSketches([one.times.control, other.times.control]),
      candidate: mergeSketches([one.times.candidate, other.times.candidate]),
    },
  };
}

function tallyOfOne(
  of: { readonly repository: string; readonly operation: string },
  call: TalliedCall,
  redaction: RedactOptions,
): CallTally {
  const { outcome, why, differences } = call;
  const groups = new Map<string, CallGroup>();
  for (const difference of differences) {
    const id = groupId(of.repository, of.operation, difference);
    // A list of a hundred rows with one wrong column is one difference of the call.
    if (groups.has(id)) continue;
    const { kind, path, as, note } = noted(difference);
    groups.set(id, {
      id,
      kind,
      path,
      ...(as === undefined ? {} : { as }),
      ...(note === undefined ? {} : { note }),
      calls: 1,
      samples: [sampleOf(call, difference, redaction)],
    });
  }
  return {
    ...NO_CALLS,
    calls: 1,
    outcomes: { ...NO_CALLS.outcomes, [outcome]: 1 },
    reasons: why === null ? {} : { [why]: 1 },
    groups: [...groups.values()],
  };
}

function sampleOf(
  { call, args, control, candidate }: TalliedCall,
  difference: Difference,
  redaction: RedactOptions,
): CallSample {
  const { at, path } = difference;
  return {
    call,
    at,
    control: redact(difference.control, path, redaction),
    candidate: redact(difference.candidate, path, redaction),
    args: args.map((one, index) => {
      const seen = capture(one);
      return seen.kind === 'returned' ? redact(seen.value, `args[${index}]`, redaction) : seen.kind;
    }),
    controlMs: Math.round(control.ms * 100) / 100,
    candidateMs: Math.round(candidate.ms * 100) / 100,
  };
}

function addGroups(one: CallGroup, other: CallGroup): CallGroup {
  return {
    ...one,
    calls: one.calls + other.calls,
    samples: [...one.samples, ...other.samples].slice(0, MOST_SAMPLES),
  };
}

function addReasons(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sum: Record<string, number> = { ...one };
  for (const [reason, count] of Object.entries(other)) {
    const isKept = Object.hasOwn(sum, reason) || Object.keys(sum).length < MOST_REASONS;
    const name = isKept ? reason : 'other reasons';
    sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

function sumOf<K extends string>(
  names: readonly K[],
  one: Readonly<Record<K, number>>,
  other: Readonly<Record<K, number>>,
): Readonly<Record<K, number>> {
  // Every name is given a number.
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as Record<K, number>;
}
