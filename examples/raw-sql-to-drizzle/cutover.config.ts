import { defineCutover } from 'cutover';

/** Plan 000: raw SQL to Drizzle, in five phases over three environments. */
export default defineCutover({
  id: 'raw-sql-to-drizzle',
  title: 'Raw SQL to Drizzle',
  version: '1.0',
  topology: 'same-store',
  flag: { name: 'USE_DRIZZLE', aliases: ['use_drizzle'], env: 'USE_DRIZZLE' },
  repositories: { project: {}, execution: {}, event: {} },
  environments: { development: {}, staging: {}, production: { protected: true } },
  databases: { app: { sqlite: process.env['DATABASE'] ?? 'app.db' } },
  instances: { lease: '6s' },
  measure: { window: '1m', every: '10s', minSamples: 50, maxAge: '10s', looks: 3 },
  metrics: {
    // The plan calls an error rate of 0.1 % normal, and green what is below 0.1 %: no hold would ever end. It has none.
    errors: { kind: 'errorRate', expected: 0 },
    responseTime: { kind: 'latency', quantile: 95, expected: '50ms' },
    memory: { kind: 'gauge', gauge: 'rss', expected: '100MB' },
    cpu: { kind: 'gauge', gauge: 'cpu', expected: '30%' },
    connections: { kind: 'gauge', gauge: 'connections', expected: 20 },
    complaints: { kind: 'counter', counter: 'complaints' },
    newErrors: { kind: 'newErrors' },
  },
  matrix: [
    { title: 'Error rate', metric: 'errors', yellow: '0.1%', red: '0.5%' },
    { title: 'Response time p95', metric: 'responseTime', against: 'control', yellow: '5%', red: '10%' },
    { title: 'Memory growth', metric: 'memory', against: 'hour', yellow: '1MB/h', red: '10MB/h' },
    // CPU of a small process: a change below a tenth of a core is no change.
    { title: 'CPU', metric: 'cpu', against: 'control', yellow: '5%', red: '15%', minChange: '10%' },
    { title: 'Complaints', metric: 'complaints', yellow: 1, red: 5 },
    { title: 'New error types', metric: 'newErrors', red: 0 },
    { title: 'Alert: p95', metric: 'responseTime', red: '75ms', onRed: 'investigate' },
    { title: 'Alert: memory', metric: 'memory', red: '150MB', onRed: 'investigate' },
    { title: 'Alert: connections', metric: 'connections', red: 50, onRed: 'investigate' },
    { title: 'Alert: CPU', metric: 'cpu', red: '60%', onRed: 'investigate' },
  ],
  // The alerts at +50 % and more come after the matrix has taken back at +10 and +15 %: the matrix is meant.
  precedence: ['Response time p95', 'Alert: p95', 'CPU', 'Alert: CPU'],
  // The plan counts days, weekends too. Nothing of this holds a rehearsal back, so `npm start` runs on any day.
  schedule: { timeZone: 'Europe/Rome', slack: 1 },
  freezes: [
    {
      from: '2026-12-19',
      to: '2027-01-06',
      reason: 'end of the year',
      environments: ['production'],
    },
  ],
  checklists: {
    readiness: [
      'Every repository has its Drizzle side',
      'The flag switches and switches back in staging',
      'Response times were compared under load',
      'The bundle is within its size',
      'All tests pass on both sides',
    ],
    infrastructure: [
      'Dashboards show both sides',
      'Alerts were set and tried',
      'A rollback was rehearsed',
      'The team knows the commands',
      'Support has its page',
    ],
  },
  people: {
    contacts: [
      { role: 'Lead engineer', name: 'Ana Ruiz', contact: '#drizzle', availability: 'any hour' },
      { role: 'DevOps lead', name: 'Ben Okafor', contact: '#operations', availability: 'any hour' },
      {
        role: 'Database administrator',
        name: 'Cem Aydin',
        contact: '#databases',
        availability: 'office hours',
      },
      { role: 'Product owner', name: 'Dua Malik', contact: '#product', availability: 'office hours' },
    ],
    escalation: [
      { role: 'On-call engineer', after: '0s' },
      { role: 'Team lead', after: '10m' },
      { role: 'Engineering manager', after: '30m' },
      { role: 'CTO', after: '1h' },
    ],
    messages: [
      {
        at: '-7d',
        to: ['engineering', 'operations', 'product', 'support'],
        text: 'What will change, and when',
      },
      { at: '-1d', to: ['engineering', 'operations', 'product', 'support'], text: 'It begins tomorrow' },
      { at: '0s', to: ['engineering', 'operations'], text: 'It begins' },
      { at: '1h', to: ['engineering', 'operations', 'product'], text: 'Where it stands' },
      { at: '24h', to: ['engineering', 'operations', 'product', 'support'], text: 'How it went' },
    ],
    nextReview: 'before the production run',
  },
  phases: [
    {
      id: 'development',
      title: 'Days 1-3: development',
      environment: 'development',
      day: 1,
      risk: 'minimal',
      steps: [
        { kind: 'expose', exposure: 100, of: 'instances' },
        { kind: 'hold', for: '72h' },
        {
          kind: 'decision',
          question: 'Proceed or investigate?',
          options: { proceed: 'advance', investigate: 'pause' },
          auto: 'proceed',
        },
      ],
    },
    {
      id: 'staging',
      title: 'Days 4-7: staging',
      environment: 'staging',
      day: 4,
      risk: 'low',
      steps: [
        {
          kind: 'sql',
          title: 'The database is sound',
          database: 'app',
          query: 'pragma integrity_check',
          expect: 'ok',
        },
        { kind: 'expose', exposure: 100, of: 'instances' },
        {
          kind: 'command',
          title: 'Smoke tests',
          run: ['node', 'smoke.ts'],
          expected: '10m',
          idempotent: true,
          onFailure: 'rollback',
        },
        {
          kind: 'command',
          title: 'Both sides in a benchmark',
          // Where cutover is installed: npx cutover benchmark. Drizzle's own microseconds are nothing beside a round trip.
          run: ['node', '../../dist/cli/main.js', 'benchmark', '--rounds', '10', '--limit', '6'],
          idempotent: true,
        },
        { kind: 'hold', for: '72h' },
        {
          kind: 'decision',
          question: 'Proceed to production?',
          options: { proceed: 'advance', rollback: 'rollback' },
          auto: 'proceed',
        },
      ],
    },
    {
      id: 'canary',
      title: 'Days 8-10: canary',
      environment: 'production',
      day: 8,
      risk: 'medium',
      needs: {
        checklists: ['readiness', 'infrastructure'],
        approvals: ['Engineering lead', 'DevOps lead', 'Product manager', 'CTO'],
      },
      steps: [
        { kind: 'expose', exposure: 10, of: 'instances' },
        { kind: 'hold', for: '48h' },
        {
          kind: 'decision',
          question: 'Expand?',
          options: { expand: 'advance', hold: 'hold', rollback: 'rollback' },
          auto: 'expand',
        },
      ],
    },
    {
      id: 'expansion',
      title: 'Days 11-12: half',
      environment: 'production',
      day: 11,
      risk: 'medium',
      steps: [
        { kind: 'expose', exposure: 50, of: 'instances' },
        { kind: 'hold', for: '24h' },
        {
          kind: 'decision',
          question: 'Complete?',
          options: { complete: 'advance', hold: 'hold', rollback: 'rollback' },
          auto: 'complete',
        },
      ],
    },
    {
      id: 'full',
      title: 'Day 13: everything',
      environment: 'production',
      day: 13,
      risk: 'low',
      steps: [
        { kind: 'expose', exposure: 100, of: 'instances' },
        { kind: 'hold', for: '24h' },
      ],
    },
  ],
  rollback: {
    budget: '1m',
    // The trouble is over when control, alone again, does not fail either.
    confirm: {
      rows: [{ title: 'Error rate of control', metric: 'errors', red: '0.5%' }],
      for: '1h',
      within: '4h',
    },
  },
  // The plan's three scenarios.
  contingencies: {
    'performance-degradation': {
      rows: ['Response time p95'],
      tell: ['Lead engineer', 'Database administrator'],
      next: ['Compare the queries of both sides', 'Fix it', 'Try again from staging'],
    },
    'memory-leak': {
      rows: ['Memory growth'],
      heapSnapshot: true,
      tell: ['Lead engineer'],
      next: ['Analyse the heap snapshot', 'Fix the leak', 'Try again from staging'],
    },
    'high-error-rate': {
      rows: ['Error rate', 'New error types'],
      tell: ['Lead engineer', 'DevOps lead'],
      next: ['Fix it', 'Add a test for it', 'Try again from staging'],
    },
  },
});
