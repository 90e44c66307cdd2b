import { describe, expect, it } from 'vitest';
import type { CutoverEvent } from '../engine/index.ts';
import { eventAbout } from './event-about.ts';

const by = { actor: 'ana', reason: 'because' };

describe('what an event is about', () => {
  it('is who did it and why, also where a step was accepted by hand', () => {
    const accepted: CutoverEvent = { kind: 'step.completed', phase: 'a', step: 'b', by };
    expect(eventAbout(accepted)).toMatchObject(by);
    expect(eventAbout({ ...accepted, by: null })).toMatchObject({ actor: 'cutover', reason: null });
    expect(eventAbout({ kind: 'run.completed' })).toMatchObject({ actor: 'cutover' });
    const registered = { kind: 'migration.registered' } as CutoverEvent;
    expect(eventAbout(registered).actor).toBeNull();
  });

  it('is the repositories that it names, or all of them', () => {
    const flag = (repository: string | null): CutoverEvent => ({
      kind: 'flag.set',
      repository,
      exposure: 0,
      of: 'users',
      ...by,
    });
    expect(eventAbout(flag('user')).repositories).toEqual(['user']);
    expect(eventAbout(flag(null)).repositories).toEqual(['*']);
    const lifted: CutoverEvent = { kind: 'kill.lifted', repositories: null, ...by };
    expect(eventAbout(lifted).repositories).toEqual(['*']);
    expect(eventAbout({ ...lifted, repositories: ['bike', 'user'] }).repositories).toEqual(['bike', 'user']);
    expect(eventAbout({ kind: 'step.entered', phase: 'a', step: 'b' }).repositories).toEqual([]);
  });

  it('is what changed, in words, and nothing of what another version wrote', () => {
    const accepted = {
      kind: 'plan.accepted',
      planHash: '',
      ...by,
      diff: [
        { path: 'phases.canary.steps.hold-1.forMs', from: 172_800_000, to: 86_400_000 },
        { path: 'phases.canary.steps.expose-1.exposure', from: 500, to: 1_000 },
        { path: 'title', from: 'A', to: null },
        'something else',
      ],
    } as unknown as CutoverEvent;
    expect(eventAbout(accepted).changes).toEqual([
      { path: 'phases.canary.steps.hold-1.for', from: '48h', to: '24h' },
      { path: 'phases.canary.steps.expose-1.exposure', from: '5%', to: '10%' },
      { path: 'title', from: 'A', to: null },
    ]);
  });
});
