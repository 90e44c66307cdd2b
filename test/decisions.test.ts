import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanInput, StepInput } from '../src/plan/index.ts';
import type { Store, StoredEvent } from '../src/store/index.ts';
import { type CliProject, PLAN, type Running } from './fixtures/cli-project.ts';
import type { SimulatedFleet } from './fixtures/simulated-fleet.ts';
import { StagedProject } from './fixtures/staged-project.ts';

const STAGING = ['--environment', 'staging'];

let staging: StagedProject;
let project: CliProject;
let store: Store;
let fleet: SimulatedFleet;

beforeEach(async () => {
  staging = await StagedProject.create();
  ({ project, store, fleet } = staging);
});
afterEach(() => staging.remove());

async function start(steps: readonly StepInput[], more: Partial<PlanInput> = {}): Promise<Running> {
  const phases = [{ id: 'one', environment: 'staging', steps }];
  await project.write(`export default ${JSON.stringify({ ...PLAN, phases, ...more })};`);
  return project.start(['run', ...STAGING]);
}

const decide = async (choice: string, actor: string, reason: string): Promise<void> => {
  const args = ['advance', '--choose', choice, ...STAGING, '--actor', actor, '--reason', reason];
  const { code, stderr } = await project.run(args);
  expect(code, stderr).toBe(0);
};
const events = (): Promise<readonly StoredEvent[]> => store.read('swap/staging');
const entered = async (step: string): Promise<number> =>
  (await events()).filter(({ kind, body }) => kind === 'step.entered' && Object(body).step === step).length;
const status = async () => JSON.parse((await project.run(['status', ...STAGING, '--json'])).stdout);

const EXPOSE: StepInput = { kind: 'expose', exposure: 100, of: 'instances' };
const HOLD: StepInput = { kind: 'hold', for: '400ms' };

describe('a point of decision', () => {
  it('to investigate: the run pauses where it is, stays watched, and asks again once it goes on', async () => {
    const run = await start([
      EXPOSE,
      HOLD,
      { kind: 'decision', question: 'Proceed?', options: { proceed: 'advance', investigate: 'pause' } },
    ]);
    await run.until('waiting for a person: Proceed?');
    await decide('investigate', 'ben', 'memory looks odd');
    await run.until('PAUSED (decision): the decision "Proceed?"');
    const paused = await status();
    expect(paused).toMatchObject({ state: 'paused', exposure: [{ set: 100, killed: false }] });
    // Who investigates is still protected by the matrix.
    const looks = (all: readonly StoredEvent[]) => all.filter(({ kind }) => kind === 'gate.looked').length;
    const before = looks(await events());
    await expect.poll(async () => looks(await events()), { timeout: 20_000 }).toBeGreaterThan(before + 1);
    await project.run(['resume', ...STAGING, '--reason', 'a cache, and meant to be']);
    await run.until(/resumed by [^]*waiting for a person: Proceed\?/);
    await decide('proceed', 'ben', 'looked into');
    expect((await run.ended).code).toBe(0);
  });

  it('to investigate does not keep a red row from taking it back', async () => {
    const run = await start([
      EXPOSE,
      HOLD,
      { kind: 'decision', question: 'Proceed?', options: { proceed: 'advance', investigate: 'pause' } },
    ]);
    await run.until('waiting for a person: Proceed?');
    await decide('investigate', 'ben', 'errors look odd');
    await run.until('PAUSED (decision)');
    fleet.behaviour.candidateErrors = 50;
    expect((await run.ended).code).toBe(5);
    expect((await status()).rollback).toMatchObject({ cause: 'gate' });
  });

  it('to hold on: the hold before it begins again, whole, and the question comes again behind it', async () => {
    const run = await start([
      EXPOSE,
      HOLD,
      {
        kind: 'decision',
        question: 'Expand?',
        options: { expand: 'advance', hold: 'hold', back: 'rollback' },
      },
    ]);
    await run.until('waiting for a person: Expand?');
    await decide('hold', 'ben', 'the weekend comes');
    await expect.poll(() => entered('decision-1'), { timeout: 20_000 }).toBe(2);
    expect(await entered('hold-1')).toBe(2);
    expect(await entered('expose-1')).toBe(1);
    const all = await events();
    const again = all.findLastIndex(
      ({ kind, body }) => kind === 'step.entered' && Object(body).step === 'hold-1',
    );
    const done = all.findIndex(
      ({ kind, body }, index) => index > again && kind === 'step.completed' && Object(body).step === 'hold-1',
    );
    const observed = all
      .slice(again, done)
      .reduce(
        (sum, { kind, body }) => (kind === 'gate.looked' ? sum + Number(Object(body).observedMs) : sum),
        0,
      );
    expect(observed).toBeGreaterThanOrEqual(400);
    await decide('expand', 'ben', 'quiet');
    expect((await run.ended).code).toBe(0);
  });

  it('says in the log who decided what, when and why, be it a person or the gate', async () => {
    const question = {
      kind: 'decision',
      options: { go: 'advance', hold: 'hold', back: 'rollback' },
    } as const;
    const began = Date.now();
    const run = await start([
      EXPOSE,
      HOLD,
      { ...question, question: 'First?' },
      HOLD,
      { ...question, question: 'Second?', auto: 'go' },
      HOLD,
      { ...question, question: 'Third?' },
    ]);
    await run.until('waiting for a person: First?');
    await decide('hold', 'ben', 'the weekend comes');
    await expect.poll(() => entered('decision-1'), { timeout: 20_000 }).toBe(2);
    await decide('go', 'cleo', 'change 4711');
    await run.until('waiting for a person: Third?');
    await decide('back', 'dua', 'support is overrun');
    expect((await run.ended).code).toBe(5);

    const lines = (await project.run(['log', ...STAGING])).stdout.split('\n');
    const decided = lines
      .filter((line) => line.includes('decision:'))
      .map((line) => line.replace(/^ *\d+ +/, ''));
    const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;
    expect(decided.filter((line) => !time.test(line))).toEqual([]);
    expect(decided.map((line) => line.replace(/^.*?(?=decision:)/, ''))).toEqual([
      'decision: hold by ben: the weekend comes',
      'decision: go by cleo: change 4711',
      'decision: go by gate "matrix" passes',
      'decision: back by dua: support is overrun',
    ]);
    expect(lines.join('\n')).toMatch(/ROLLBACK of everything \(person\) by dua: support is overrun/);

    const { events: logged } = JSON.parse((await project.run(['log', ...STAGING, '--json'])).stdout);
    const made = logged.filter(({ kind }: StoredEvent) => kind === 'decision.made');
    expect(made.map(({ body }: StoredEvent) => body)).toMatchObject([
      { choice: 'hold', outcome: 'hold', by: 'person', actor: 'ben', reason: 'the weekend comes' },
      { choice: 'go', outcome: 'advance', by: 'person', actor: 'cleo', reason: 'change 4711' },
      { choice: 'go', outcome: 'advance', by: 'gate', actor: 'cutover' },
      { choice: 'back', outcome: 'rollback', by: 'person', actor: 'dua', reason: 'support is overrun' },
    ]);
    const times = made.map(({ at }: StoredEvent) => at);
    expect(times).toEqual(times.toSorted((a: number, b: number) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(began);
  });
});

describe('repositories one after another', () => {
  const STAGES: Readonly<Record<string, { readonly shares: readonly number[]; readonly hold: string }>> = {
    user: { shares: [10, 50, 100], hold: '200ms' },
    customer: { shares: [10, 50, 100], hold: '200ms' },
    bike: { shares: [10, 50, 100], hold: '200ms' },
    item: { shares: [10, 50, 100], hold: '200ms' },
    repair: { shares: [10, 50, 100], hold: '200ms' },
    transaction: { shares: [5, 20, 50, 100], hold: '600ms' },
  };
  const names = Object.keys(STAGES);
  const phases = names.map((name) => ({
    id: name,
    environment: 'staging',
    risk: name === 'transaction' ? ('high' as const) : ('medium' as const),
    steps: (STAGES[name]?.shares ?? []).flatMap((exposure): readonly StepInput[] => [
      { kind: 'expose', exposure, of: 'traffic', repositories: [name] },
      { kind: 'hold', for: STAGES[name]?.hold ?? '' },
    ]),
  }));

  it('go by 10, 50 and 100 % each, the critical one by more stages and watched for longer', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `staging-${index}`);
    await staging.replaceFleet(ids, names, 200);
    const repositories = Object.fromEntries(names.map((name) => [name, {}]));
    await project.write(`export default ${JSON.stringify({ ...PLAN, repositories, phases })};`);
    const run = project.start(['run', ...STAGING]);
    expect((await run.ended).code).toBe(0);
    const all = await events();
    const raised = all.flatMap(({ kind, body }) =>
      kind === 'exposure.set' ? [`${Object(body).repositories.join()} ${Object(body).exposure / 100}`] : [],
    );
    expect(raised).toEqual(
      names.flatMap((name) => (STAGES[name]?.shares ?? []).map((share) => `${name} ${share}`)),
    );
    // Each stage was held for as long as its repository asks, and acknowledged by everybody before.
    const held = (name: string): readonly number[] =>
      all.reduce<{ step: string; sums: readonly number[] }>(
        ({ step, sums }, { kind, body }) => {
          const { phase, step: entering, observedMs } = Object(body);
          if (kind === 'step.entered') {
            const isHold = phase === name && String(entering).startsWith('hold');
            return { step: isHold ? 'hold' : '', sums: isHold ? [...sums, 0] : sums };
          }
          if (kind !== 'gate.looked' || step !== 'hold') return { step, sums };
          return { step, sums: [...sums.slice(0, -1), (sums.at(-1) ?? 0) + Number(observedMs)] };
        },
        { step: '', sums: [] },
      ).sums;
    expect(held('user')).toHaveLength(3);
    expect(Math.min(...held('user'))).toBeGreaterThanOrEqual(200);
    expect(held('transaction')).toHaveLength(4);
    expect(Math.min(...held('transaction'))).toBeGreaterThanOrEqual(600);
    expect(all.filter(({ kind }) => kind === 'exposure.acknowledged')).toHaveLength(19);
    const routing = Object((await store.routing('swap/staging'))?.body);
    expect(routing.global.exposure).toBe('unset');
    expect(names.map((name) => routing.repositories[name].exposure)).toEqual(names.map(() => 10_000));
  });

  it('leave those that are through where they are when a later one is taken back alone', async () => {
    await staging.replaceFleet(['a', 'b'], ['user', 'transaction']);
    const two = phases.filter(({ id }) => id === 'user' || id === 'transaction');
    const shares = two.map((phase) => ({
      ...phase,
      steps: [
        ...phase.steps.slice(-2),
        { kind: 'decision', question: `${phase.id}?`, options: { on: 'advance' } } as const,
      ],
    }));
    await project.write(
      `export default ${JSON.stringify({ ...PLAN, repositories: { user: {}, transaction: {} }, phases: shares })};`,
    );
    const run = project.start(['run', ...STAGING]);
    await run.until('waiting for a person: user?');
    await decide('on', 'ben', 'through');
    await run.until('waiting for a person: transaction?');
    await project.run(['rollback', '--repository', 'transaction', ...STAGING, '--reason', 'sums differ']);
    const { exposure } = await status();
    expect(exposure).toMatchObject([
      { repository: 'user', set: 100, killed: false },
      { repository: 'transaction', killed: true },
    ]);
    run.child.kill('SIGINT');
    await run.ended;
  });
});
