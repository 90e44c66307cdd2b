import { defineCutover } from 'cutover';

/** In the order of the rollout: the transaction repository is the critical one, and the last. */
const REPOSITORIES = ['user', 'customer', 'bike', 'item', 'repair', 'transaction'] as const;
type Name = (typeof REPOSITORIES)[number];

const byName = <T>(of: (name: Name) => T) => Object.fromEntries(REPOSITORIES.map((name) => [name, of(name)]));

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
];

const stage = (name: Name, exposure: number, hours: number) => [
  { kind: 'expose' as const, exposure, of: 'traffic' as const, repositories: [name] },
  { kind: 'hold' as const, for: `${hours}h` as const, gate: name },
];

const check = (title: string, ...run: readonly string[]) => ({
  kind: 'command' as const,
  title,
  run: ['node', ...run],
  timeout: '2m' as const,
  idempotent: true,
});

const phaseOf = (name: Name, title: string, stages: readonly (readonly [number, number])[]) => ({
  id: name,
  title,
  environment: 'production',
  risk: name === 'transaction' ? ('high' as const) : ('medium' as const),
  needs: { checklists: [`before-${name}`] },
  steps: [
    check('Both sides answer alike', 'checks/agree.ts', name),
    ...stages.flatMap(([exposure, hours]) => stage(name, exposure, hours)),
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
    ...Object.fromEntries(
      REPOSITORIES.flatMap((name) => [
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
  gates: byName(gateOf),
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
      title: 'Week 1, days 1-2: before anything is exposed',
      environment: 'production',
      risk: 'minimal',
      needs: { checklists: ['review', 'environment'] },
      steps: [check('Seven flags exist, can be written and read, and are off', 'checks/flags.ts')],
    },
    phaseOf('user', 'Week 1, day 3: users', USUAL),
    phaseOf('customer', 'Week 1, day 5: customers', USUAL),
    phaseOf('bike', 'Week 2, day 2: bikes', USUAL),
    phaseOf('item', 'Week 2, day 4: items', USUAL),
    phaseOf('repair', 'Week 3, day 1: repairs', USUAL),
    phaseOf('transaction', 'Week 3, day 3: transactions', [
      [5, 2],
      [20, 4],
      [50, 24],
      [100, 24],
    ]),
    {
      id: 'global',
      title: 'Week 4, day 1: the global flag',
      environment: 'production',
      risk: 'low',
      needs: { checklists: ['before-the-global-flag'] },
      steps: [
        check('Every instance serves all six from the candidate', 'checks/served.ts'),
        { kind: 'expose', exposure: 100, of: 'traffic' },
        check('It still does, by the global flag', 'checks/served.ts'),
        { kind: 'hold', for: '24h' },
        check('Payment from end to end', 'checks/works.ts', 'transaction'),
      ],
    },
  ],
  rollback: { budget: '30s' },
});
