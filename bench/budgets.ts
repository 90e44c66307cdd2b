export type Budget = {
  readonly unit: string;
  /** The most that it may be; `null` only informs. */
  readonly most: number | null;
  /** Where the limit comes from. */
  readonly source: string;
};

/** Every figure of every benchmark. A limit is a ratio taken in one run, or a time that a plan depends on. */
export const BUDGETS: Readonly<Record<string, Readonly<Record<string, Budget>>>> = {
  exposure: {
    'exposure decision': { unit: 'ns', most: 60, source: 'a sixth of the fastest peer' },
  },
  call: {
    'routed call, over the hand-written floor': {
      unit: 'x',
      most: 1.15,
      source: 'what a team would write by hand: hash, branch, two clock reads, histogram',
    },
    'routed call, over LaunchDarkly Migration.read': { unit: 'x', most: 0.1, source: 'a tenth of it' },
    'routed call, over a bare await': { unit: 'ns', most: null, source: 'for information' },
    'routed call in a pin, over a bare await': { unit: 'ns', most: null, source: 'for information' },
  },
  watch: {
    'change to last acknowledgement of 16 processes, median': {
      unit: 'ms',
      most: null,
      source: 'for information',
    },
    'change to last acknowledgement of 16 processes, p99': {
      unit: 'ms',
      most: 100,
      source: 'the plans allow 30 s and a minute',
    },
    'watcher of an idle store': { unit: '% of a core', most: 1, source: 'a watcher is always there' },
  },
};
