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
const UNHARMED = { unit: '% of calls harmed', most: 0, source: 'the caller never pays for a comparison' };
const ACTUATED = { unit: 'ms', most: 100, source: 'the plans allow 30 s and a minute' };
const SETTLED = {
  unit: 'of its lease',
  most: 1.2,
  source: 'silent for a whole lease, as a controller sees that has just started',
};

/** Every figure of every benchmark. A limit is a ratio taken in one run, or a time that a plan depends on. */
export const BUDGETS: Readonly<Record<string, Readonly<Record<string, Budget>>>> = {
  decide: {
    'exposure decision': { unit: 'ns', most: 60, source: 'a sixth of the fastest peer' },
    'exposure decision, keys of 36 characters': { unit: 'ns', ...INFORMS },
  },
  route: {
    'without a key, over the floor that draws': BY_HAND,
    'by key, 8 calls a pin, over the floor that hashes': BY_HAND,
    'by key, 8 calls a pin, over the floor in a scope': { unit: 'x', ...INFORMS },
    'by key, 8 calls a pin, over Migration.read': { unit: 'x', most: 0.1, source: 'a tenth of it' },
    'without a key, over a bare await': { unit: 'ns', ...INFORMS },
    'by key, 8 calls a pin, over a bare await': { unit: 'ns', ...INFORMS },
    'by key, one call a pin, over a bare await': { unit: 'ns', ...INFORMS },
    'sampled out of the shadow, over the routed call': {
      unit: 'ns',
      most: 100,
      source: 'reads that are not drawn are nearly all of them',
    },
    // 700 on a machine that has other work too; a little above the limit where many processes wait for a core.
    'in the shadow, besides candidate, clone, comparison': {
      unit: 'ns',
      most: 1_000,
      source: 'what is compared costs several times as much',
    },
    'wait added by the shadow, whatever candidate': {
      unit: 'ms',
      most: 0.1,
      source: 'nothing is waited for: what is left is the clock',
    },
  },
  safety: {
    'the candidate takes 200 ms': UNHARMED,
    'the candidate never answers': UNHARMED,
    'the candidate rejects': UNHARMED,
    'the candidate throws at once': UNHARMED,
    'the candidate changes its argument': UNHARMED,
    'the comparison throws': UNHARMED,
    'control fails, the candidate does not': UNHARMED,
  },
  requests: {
    'counted and pinned, over the handler alone': {
      unit: 'us',
      most: 50,
      source: 'a hundredth of a request that asks a database',
    },
  },
  actuation: {
    'decision to last acknowledgement of 16, median': { unit: 'ms', ...INFORMS },
    'decision to last acknowledgement of 16, p99': ACTUATED,
    'decision to last acknowledgement of 16, longest': { unit: 'ms', ...INFORMS },
    'the other 15 with one stopped, p99': ACTUATED,
    'the other 15 with one stopped, longest': { unit: 'ms', ...INFORMS },
    'the other 15 with one killed, p99': ACTUATED,
    'the other 15 with one killed, longest': { unit: 'ms', ...INFORMS },
    'rollback verified with one stopped': SETTLED,
    'rollback verified with one killed': SETTLED,
    'the stopped one goes on: back in line': { unit: 'ms', ...INFORMS },
    'idle process with a source': { unit: '% of a core', most: 1, source: 'a watcher is always there' },
    'idle watcher of a store, alone': { unit: '% of a core', ...INFORMS },
    'PostgreSQL: last of 16 acknowledged, median': { unit: 'ms', ...INFORMS },
    'PostgreSQL: last of 16 acknowledged, p99': ACTUATED,
    'PostgreSQL: last of 16 acknowledged, longest': { unit: 'ms', ...INFORMS },
    'PostgreSQL: idle process with a source': {
      unit: '% of a core',
      most: 1,
      source: 'a watcher is always there',
    },
    'PgBouncer: last of 16 acknowledged, p99': { unit: 'ms', ...INFORMS },
  },
  fanout: {
    'kill to acknowledgement of 1,000, median': { unit: 'ms', ...INFORMS },
    'kill to acknowledgement of 1,000, p99': { unit: 'ms', most: 1_000, source: 'the plans allow a minute' },
    'kill to acknowledgement of 1,000, longest': { unit: 'ms', ...INFORMS },
    'memory of the servers, an instance': { unit: 'kB', ...INFORMS },
    'at rest: CPU of the servers': { unit: '% of a core', ...INFORMS },
    'at rest: CPU of PostgreSQL': { unit: '% of a core', ...INFORMS },
    'at rest: transactions': { unit: 'a second', ...INFORMS },
    'at rest: rows written': { unit: 'a second', ...INFORMS },
    'at rest: log of PostgreSQL': { unit: 'kB a second', ...INFORMS },
    'a kill and its end: transactions': { unit: 'transactions', ...INFORMS },
    'a kill and its end: rows written': { unit: 'rows', ...INFORMS },
    'a kill and its end: log of PostgreSQL': { unit: 'kB', ...INFORMS },
    'reports every second: kill to acknowledgement, p99': { unit: 'ms', ...INFORMS },
    'reports every second: CPU of the servers': { unit: '% of a core', ...INFORMS },
    'reports every second: CPU of PostgreSQL': { unit: '% of a core', ...INFORMS },
    'SQLite: kill to acknowledgement, p99': { unit: 'ms', ...INFORMS },
  },
  mismatches: {
    'reported calls that were answered rightly': {
      unit: '%',
      most: 1,
      source: 'a report that is wrong once in a hundred is still read',
    },
    'wrong answers that were not reported': { unit: '%', most: 1, source: 'shadowing is there to find them' },
  },
  gates: {
    '10 % errors at 2 calls/s: found, median': { unit: 's', most: 30, source: 'the plans allow a minute' },
    '10 % errors at 2 calls/s: found, p90': { unit: 's', most: 60, source: 'the plans allow a minute' },
    'calls harmed until then, median': { unit: 'calls', ...INFORMS },
    'the same after half an hour of health, median': {
      unit: 's',
      most: 30,
      source: 'health is no reason to be slower',
    },
    'the same after half an hour of health, p90': {
      unit: 's',
      most: 60,
      source: 'health is no reason to be slower',
    },
    'the same, an absolute limit, median': { unit: 's', ...INFORMS },
    'the same, an absolute limit, p90': { unit: 's', ...INFORMS },
    'the same at once, fifty rows share alpha, median': { unit: 's', ...INFORMS },
    'the same at once, fifty rows share alpha, p90': { unit: 's', ...INFORMS },
    'twofold p95 at 2 calls/s: found, p90': { unit: 's', most: 60, source: 'asked for at 20 calls/s' },
    'twofold p95 at 20 calls/s: found, p90': { unit: 's', most: 60, source: 'the plans allow a minute' },
    'identical code taken back': {
      unit: '%',
      most: 1,
      source: 'one rollback of a hundred may be for nothing',
    },
    'identical code whose base rate changes': {
      unit: '%',
      most: 1,
      source: 'one rollback of a hundred may be for nothing',
    },
    '120 rows judged': { unit: 'ms', most: 1, source: 'a look must not cost a core' },
  },
  history: {
    'telemetry of a minute': { unit: 'MB', ...INFORMS },
    'a minute of it, folded': { unit: 'MB', ...INFORMS },
    '15 minutes of it as one': { unit: 'MB', ...INFORMS },
    'all of it, after 60 days': { unit: 'MB', most: 3_600, source: 'telemetry of one hour takes as much' },
    'folding each minute': { unit: '% of a core', most: 5, source: 'it runs beside the controller' },
  },
};
