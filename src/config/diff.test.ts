import { describe, expect, it } from 'vitest';
import type { Plan, PlanInput } from '../plan/index.ts';
import { checkCompatible } from './compatible.ts';
import { diffPlans, formatDiff } from './diff.ts';
import { parsePlan } from './parse.ts';

const hold = (id: string, time: string) => ({ id, kind: 'hold', for: time }) as const;
const phase = (id: string, steps: PlanInput['phases'][number]['steps']) => ({
  id,
  environment: 'live',
  steps,
});

function planOf(edit: Partial<PlanInput> = {}): Plan {
  return parsePlan({
    id: 'swap',
    title: 'Swap',
    topology: 'same-store',
    repositories: { user: {} },
    environments: { live: {} },
    metrics: { errors: { kind: 'errorRate' } },
    matrix: [{ title: 'Errors', metric: 'errors', red: '1%' }],
    phases: [
      phase('one', [hold('a', '1h'), hold('b', '2h')]),
      phase('two', [hold('c', '3h'), hold('d', '4h')]),
    ],
    rollback: { budget: '1m' },
    ...edit,
  }).plan;
}

const running = planOf();
const [one, two] = [
  phase('one', [hold('a', '1h'), hold('b', '2h')]),
  phase('two', [hold('c', '3h'), hold('d', '4h')]),
];

describe('diffPlans', () => {
  it('finds nothing between a plan and itself', () => {
    expect(diffPlans(running, planOf())).toEqual([]);
  });

  it('matches steps by id, so that one put in between is one change', () => {
    const next = planOf({
      phases: [phase('one', [hold('a', '1h'), hold('new', '9h'), hold('b', '30m')]), two],
    });
    expect(diffPlans(running, next).map(({ path }) => path)).toEqual([
      'phases.one.steps.b.forMs',
      'phases.one.steps.new',
    ]);
    expect(formatDiff(diffPlans(running, next))).toMatch(
      /^~ phases\.one\.steps\.b\.for: 2h -> 30m\n\+ phases\.one\.steps\.new: \{.*"forMs":32400000/,
    );
  });

  it('reports a limit by the title of its row, and a removed phase whole', () => {
    const next = planOf({
      matrix: [{ title: 'Errors', metric: 'errors', yellow: '1%', red: '2%' }],
      phases: [one],
    });
    expect(formatDiff(diffPlans(running, next))).toMatch(
      /~ gates\.matrix\.Errors\.red: 0\.01 -> 0\.02\n- phases\.two: /,
    );
  });

  it('reports phases that changed places', () => {
    expect(diffPlans(running, planOf({ phases: [two, one] }))).toEqual([
      { path: 'phases (order)', from: ['one', 'two'], to: ['two', 'one'] },
    ]);
  });
});

describe('checkCompatible', () => {
  const at = { phase: 'two', step: 'c' };

  it('lets what lies ahead change', () => {
    const next = planOf({
      matrix: [{ title: 'Errors', metric: 'errors', red: '2%' }],
      phases: [
        one,
        phase('two', [hold('c', '3h'), hold('e', '5h'), hold('d', '9h')]),
        phase('three', [hold('f', '1h')]),
      ],
    });
    expect(checkCompatible(running, next, at)).toEqual([]);
  });

  it.each([
    ['another salt', { salt: 'pepper' }, 'the salt cannot change during a run: "swap" -> "pepper"'],
    ['another flag', { flag: { name: 'x' } }, 'the flag cannot change'],
    [
      'another repository',
      { repositories: { user: {}, bike: {} } },
      'the repositories and their flags cannot change',
    ],
    [
      'a step at the position edited',
      { phases: [one, phase('two', [hold('c', '1h')])] },
      '"two/c" has begun and cannot',
    ],
    [
      'a step before it edited',
      { phases: [phase('one', [hold('a', '9h'), hold('b', '2h')]), two] },
      '"one/a" has begun',
    ],
    [
      'a step before it removed',
      { phases: [phase('one', [hold('b', '2h')]), two] },
      'step "one/a" has begun; it must stay',
    ],
    [
      'a step put before it',
      { phases: [one, phase('two', [hold('n', '1h'), hold('c', '3h')])] },
      '"two/c" has begun; it',
    ],
    [
      'a step added to a past phase',
      { phases: [phase('one', [...one.steps, hold('n', '1h')]), two] },
      'phase "one" is over',
    ],
    [
      'a past phase removed',
      { phases: [two] },
      'phase "one" was carried out or is running; it must stay number 1',
    ],
    [
      'the point of no return moved',
      { phases: [one, { ...two, pointOfNoReturn: true }] },
      'point of no return cannot change',
    ],
  ])('refuses %s', (_, edit, reason) => {
    expect(checkCompatible(running, planOf(edit), at).join('\n')).toContain(reason);
  });

  it('fixes only identity before the first step', () => {
    expect(checkCompatible(running, planOf({ phases: [two] }), null)).toEqual([]);
    expect(checkCompatible(running, planOf({ id: 'other' }), null).length).toBeGreaterThan(0);
  });
});
