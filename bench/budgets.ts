export type Budget = {
  readonly unit: string;
  /** The most that it may be; `null` only informs. */
  readonly most: number | null;
  /** Where the limit comes from. */
  readonly source: string;
};

const INFORMS = { most: null, source: 'for information' };
const BY_HAND = {
  unit: 'x',
  most: 1.15,
  source: 'what a team would write by hand: decide, branch, two clock reads, histogram',
};

/** Every figure of every benchmark. A limit is a ratio taken in one run, or a time that a plan depends on. */
export const BUDGETS: Readonly<Record<string, Readonly<Record<string, Budget>>>> = {
  exposure: {
    'exposure decision': { unit: 'ns', most: 60, source: 'a sixth of the fastest peer' },
    'exposure decision, keys of 36 characters': { unit: 'ns', ...INFORMS },
  },
  call: {
    'without a key, over the floor that draws': BY_HAND,
    'by key, 8 calls a pin, over the floor that hashes': BY_HAND,
    'by key, 8 calls a pin, over Migration.read': { unit: 'x', most: 0.1, source: 'a tenth of it' },
    'without a key, over a bare await': { unit: 'ns', ...INFORMS },
    'by key, 8 calls a pin, over a bare await': { unit: 'ns', ...INFORMS },
    'by key, one call a pin, over a bare await': { unit: 'ns', ...INFORMS },
  },
  watch: {
    'change to last acknowledgement of 16, median': { unit: 'ms', ...INFORMS },
    'change to last acknowledgement of 16, p99': {
      unit: 'ms',
      most: 100,
      source: 'the plans allow 30 s and a minute',
    },
    'idle process with a source': { unit: '% of a core', most: 1, source: 'a watcher is always there' },
    'idle watcher of a store, alone': { unit: '% of a core', ...INFORMS },
  },
  mismatches: {
    'reported calls that were answered rightly': {
      unit: '%',
      most: 1,
      source: 'a report that is wrong once in a hundred is still read',
    },
    'wrong answers that were not reported': { unit: '%', most: 1, source: 'shadowing is there to find them' },
  },
};
