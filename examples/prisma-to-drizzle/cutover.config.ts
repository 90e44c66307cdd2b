import { defineCutover } from 'cutover';

/** In the order of the rollout: the transaction repository is the critical one, and the last. */
const REPOSITORIES = ['user', 'customer', 'bike', 'item', 'repair', 'transaction'] as const;
type Name = (typeof REPOSITORIES)[number];

const byName = <T>(of: (name: Name) => T) => Object.fromEntries(REPOSITORIES.map((name) => [name, of(name)]));

/** What the shop itself knows of how it does, in the phases in which money and stock move. */
const BUSINESS = [
  { title: 'Payments declined', metric: 'declined', yellow: '15%', red: '30%', onRed: 'pause' as const },
  { title: 'Sums that do not add up', metric: 'sums', red: '0%', onRed: 'pause' as const },
  { title: 'Stock that is not what was moved', metric: 'stock', red: '0%', onRed: 'pause' as const },
];
const OF_BUSINESS: Readonly<Partial<Record<Name, readonly string[]>>> = {
  item: ['stock'],
  transaction: ['declined', 'sums', 'stock'],
};

/** Errors of one repository's candidate ask a person: that one goes back, or everything does. */
const gateOf = (name: Name) => [
  { title: 'Error rate', metric: `${name}Errors`, yellow: '0.5%', red: '2%', onRed: 'pause' as const },
  {
    title: 'Response time p95',
    metric: `${name}Time`,
    against: 'control' as const,
    yellow: '50%',
    red: '100%',
    // Queries of a few milliseconds: what nobody feels is not a change.
    minChange: '250ms',
    // A stage does not end while it is slower, and somebody is told; slow is not wrong.
    onRed: 'investigate' as const,
  },
  // Of the endpoints that call what is being raised: whichever phase it is, by the side of that repository.
  { title: 'API errors', metric: 'endpointErrors', yellow: '1%', red: '3%', onRed: 'pause' as const },
  {
    title: 'API response time p95',
    metric: 'endpointTime',
    against: 'control' as const,
    yellow: '100%',
    red: '200%',
    minChange: '250ms',
    onRed: 'investigate' as const,
  },
  // What browsers say can be forged: it is looked into, and takes nothing back.
  {
    title: 'Client-side errors',
    metric: 'clientErrors',
    yellow: '1%',
    red: '3%',
    onRed: 'investigate' as const,
  },
  {
    title: 'Page load p75',
    metric: 'pageLoad',
    against: 'control' as const,
    yellow: '25%',
    red: '50%',
    minChange: '500ms',
    onRed: 'investigate' as const,
  },
  ...BUSINESS.filter(({ metric }) => OF_BUSINESS[name]?.includes(metric)),
];

/** Before the first exposure: a share of the reads runs on the candidate too, and has to be answered alike. */
const alikeOf = (name: Name) => [
  { title: 'Different answers', metric: `${name}Differs`, red: '0.5%', onRed: 'investigate' as const },
];

/** How long a stage may wait until a person is asked: on a rehearsal's clock three days are a few seconds. */
const maxHold = process.env['MAX_HOLD'];
const patience = maxHold === undefined ? {} : { maxHold: maxHold as '60d' };

const stage = (name: Name, exposure: number, hours: number) => [
  { kind: 'expose' as const, exposure, of: 'traffic' as const, repositories: [name] },
  { kind: 'hold' as const, for: `${hours}h` as const, gate: name, ...patience },
];

const check = (title: string, ...run: readonly string[]) => ({
  kind: 'command' as const,
  title,
  run: ['node', ...run],
  timeout: '2m' as const,
  idempotent: true,
});

const phaseOf = (name: Name, day: string, title: string, stages: readonly (readonly [number, number])[]) => ({
  id: name,
  title,
  environment: 'production',
  day,
  window: 'quiet',
  risk: name === 'transaction' ? ('high' as const) : ('medium' as const),
  needs: { checklists: [`before-${name}`] },
  steps: [
    check('Both sides answer alike', 'checks/agree.ts', name),
    { kind: 'shadow' as const, sample: 25, repositories: [name] },
    { kind: 'hold' as const, for: '1h' as const, gate: `${name}-answers`, ...patience },
    ...stages.flatMap(([exposure, hours]) => stage(name, exposure, hours)),
    { kind: 'shadow' as const, sample: 0, repositories: [name] },
    check('What the shop needs of it works', 'checks/works.ts', name),
  ],
});

const USUAL = [
  [10, 1],
  [50, 2],
  [100, 24],
] as const;

/** Plan 001: Prisma to Drizzle, a repository at a time, then the global flag. */
export default defineCutover({
  id: 'prisma-to-drizzle',
  title: 'Prisma to Drizzle',
  version: '1.0',
  topology: 'same-store',
  flag: { name: 'use_drizzle', env: 'USE_DRIZZLE' },
  repositories: byName((name) => ({
    flag: `drizzle_${name}_repo`,
    env: `DRIZZLE_${name.toUpperCase()}_REPO`,
  })),
  environments: { production: { protected: true } },
  instances: { lease: '6s' },
  databases: { shop: { postgres: 'DATABASE_URL' } },
  schedule: { timeZone: 'Europe/Rome', count: 'working', slack: 3 },
  // Before the shops open. It is the same hour for them when clocks change.
  windows: { quiet: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '05:00', to: '08:00' } },
  measure: {
    window: '5m',
    every: '30s',
    minSamples: Number(process.env['MIN_SAMPLES'] ?? 50),
    maxAge: '10s',
    looks: 3,
  },
  metrics: {
    errors: { kind: 'errorRate', expected: 0 },
    connections: { kind: 'gauge', gauge: 'connections', expected: 6 },
    memory: { kind: 'gauge', gauge: 'rss', expected: '150MB' },
    cpu: { kind: 'gauge', gauge: 'cpu', expected: '20%' },
    endpointErrors: { kind: 'endpointErrors', expected: 0 },
    endpointTime: { kind: 'endpointLatency', quantile: 95, expected: '30ms' },
    clientErrors: { kind: 'clientErrors', expected: 0 },
    pageLoad: { kind: 'pageLoad', quantile: 75, expected: '800ms' },
    declined: {
      kind: 'sql',
      database: 'shop',
      gives: 'share',
      every: '1m',
      expected: '4%',
      query: `select count(*) filter (where status = 'declined') as bad, count(*) as total
        from transactions where created_at > now() - interval '1 hour'`,
    },
    sums: {
      kind: 'sql',
      database: 'shop',
      gives: 'share',
      every: '1m',
      expected: 0,
      query: `select count(*) filter (where t.total <> t.subtotal + t.tax) as bad, count(*) as total from transactions t`,
    },
    stock: {
      kind: 'sql',
      database: 'shop',
      gives: 'share',
      every: '1m',
      expected: 0,
      query: `select count(*) filter (where i.stock <> coalesce(m.moved, 0)) as bad, count(*) as total from items i
        left join (select item_id, sum(quantity) as moved from stock_movements group by item_id) m on m.item_id = i.id`,
    },
    ...Object.fromEntries(
      REPOSITORIES.flatMap((name) => [
        [`${name}Differs`, { kind: 'mismatchRate' as const, repositories: [name] }],
        [`${name}Errors`, { kind: 'errorRate' as const, repositories: [name], expected: 0 }],
        [`${name}Time`, { kind: 'latency' as const, quantile: 95, repositories: [name], expected: '20ms' }],
      ]),
    ),
  },
  // Whatever phase it is: a systemic problem takes everything back by itself.
  matrix: [
    { title: 'Error rate of everything', metric: 'errors', yellow: '5%', red: '20%' },
    { title: 'Database connections', metric: 'connections', red: 20, onRed: 'investigate' },
    { title: 'Memory', metric: 'memory', red: '500MB', onRed: 'investigate' },
    { title: 'CPU', metric: 'cpu', red: '90%', onRed: 'investigate' },
  ],
  gates: {
    ...byName(gateOf),
    ...Object.fromEntries(REPOSITORIES.map((name) => [`${name}-answers`, alikeOf(name)])),
  },
  checklists: {
    review: [
      'All repository implementations were reviewed',
      'Factories and their flags were reviewed',
      'Changes of the service layer were reviewed',
    ],
    environment: [
      'Dashboards show metrics by side',
      'Alerts for errors and response times are set',
      'Logs are kept until the rollout is over',
      'Every migration of the schema is applied',
      'A full backup was taken',
    ],
    ...Object.fromEntries(
      REPOSITORIES.map((name) => [
        `before-${name}`,
        ['Its tests in staging pass', 'Metrics of the phases before were looked at'],
      ]),
    ),
    'before-the-global-flag': ['Overall performance was looked at'],
    'before-cleanup': [
      'Differences in behaviour and performance are written down',
      'There is a branch in which Prisma is removed',
      'Documentation of the deployment is up to date',
    ],
  },
  people: {
    contacts: [
      { role: 'Lead engineer', name: 'Noor Haddad', contact: '#data-layer' },
      { role: 'Database administrator', name: 'Ivo Král', contact: '#databases' },
    ],
    escalation: [
      { role: 'On-call engineer', after: '0s' },
      { role: 'Lead engineer', after: '15m' },
    ],
    messages: [
      { at: '-1d', to: ['engineering', 'shop floor'], text: 'Which repository changes tomorrow, and when' },
      { at: '0s', to: ['engineering'], text: 'It begins' },
    ],
  },
  phases: [
    {
      id: 'pre-deployment',
      title: 'Before anything is exposed',
      environment: 'production',
      risk: 'minimal',
      needs: { checklists: ['review', 'environment'] },
      day: 'week 1, day 1',
      steps: [check('Seven flags exist, can be written and read, and are off', 'checks/flags.ts')],
    },
    phaseOf('user', 'week 1, day 3', 'Users', USUAL),
    phaseOf('customer', 'week 1, day 5', 'Customers', USUAL),
    phaseOf('bike', 'week 2, day 2', 'Bikes', USUAL),
    phaseOf('item', 'week 2, day 4', 'Items', USUAL),
    phaseOf('repair', 'week 3, day 1', 'Repairs', USUAL),
    phaseOf('transaction', 'week 3, day 3', 'Transactions', [
      [5, 2],
      [20, 4],
      [50, 24],
      [100, 24],
    ]),
    {
      id: 'global',
      title: 'The global flag',
      environment: 'production',
      day: 'week 4, day 1',
      window: 'quiet',
      risk: 'low',
      needs: { checklists: ['before-the-global-flag'] },
      steps: [
        check('Every instance serves all six from the candidate', 'checks/served.ts'),
        { kind: 'expose', exposure: 100, of: 'traffic' },
        check('It still does, by the global flag', 'checks/served.ts'),
        { kind: 'hold', for: '24h', ...patience },
        check('Payment from end to end', 'checks/works.ts', 'transaction'),
      ],
    },
    {
      id: 'stability',
      title: 'A week on Drizzle alone',
      environment: 'production',
      risk: 'low',
      steps: [
        { kind: 'hold', for: '7d', ...patience },
        check('Every instance serves all six from the candidate', 'checks/served.ts'),
        check('Control answers nothing any more', 'checks/control-idle.ts'),
      ],
    },
    {
      id: 'cleanup',
      title: 'Prisma may be removed',
      environment: 'production',
      risk: 'medium',
      needs: { checklists: ['before-cleanup'], approvals: ['Lead engineer'] },
      steps: [{ kind: 'gate', gate: 'matrix' }],
    },
  ],
  rollback: { budget: '30s' },
});
