import { describe, expect, it } from 'vitest';
import type { CutoverEvent } from './events.ts';
import { evolveHands, NO_HANDS, refuseSameHands, type Hands } from './hands.ts';
import type { OperatorRequest } from './request.ts';

// Only members that are looked at.
const plan = {} as Extract<CutoverEvent, { kind: 'run.started' }>['plan'];
const started = (actor: string, planHash = 'h1'): CutoverEvent => ({
  kind: 'run.started',
  run: 'r1',
  plan,
  planHash,
  timeScale: 1,
  evidence: null,
  actor,
  reason: 'x',
});
const approved = (actor: string, planHash = 'h1'): CutoverEvent => ({
  kind: 'plan.approved',
  role: 'CTO',
  planHash,
  actor,
  reason: 'x',
});
const decided = (actor: string): CutoverEvent => ({
  kind: 'decision.made',
  choice: 'yes',
  outcome: 'advance',
  by: 'person',
  actor,
  reason: 'x',
});
const hands = (...events: CutoverEvent[]): Hands => events.reduce(evolveHands, NO_HANDS);
const approve = (actor: string, planHash = 'h1'): OperatorRequest => ({
  kind: 'approve',
  plan,
  planHash,
  role: 'CTO',
  now: 0,
  actor,
  reason: 'x',
});
const by = { actor: 'dana', reason: 'x' };
const advance: OperatorRequest = { kind: 'advance', choose: null, retry: false, ...by };
const SAME = expect.objectContaining({ code: 'SAME_HANDS' });

describe('who approves a plan', () => {
  it('has not brought it', () => {
    expect(() => refuseSameHands(hands(started('ana')), approve('ana'))).toThrow(SAME);
    expect(() => refuseSameHands(hands(started('ana')), approve('dana'))).not.toThrow();
    expect(() => refuseSameHands(hands(started('ana', 'h1')), approve('ana', 'h2'))).not.toThrow();
  });

  it('does not move its run', () => {
    const moved = hands(started('ana'), decided('ben'));
    expect(() => refuseSameHands(moved, approve('ben'))).toThrow(SAME);
    expect(() => refuseSameHands(evolveHands(moved, started('ana')), approve('ben'))).not.toThrow();
  });

  it('moves nothing afterwards, and may stop and take back all the same', () => {
    const of = hands(started('ana'), approved('dana'));
    const moves: readonly OperatorRequest[] = [
      advance,
      { kind: 'override', ...by },
      { kind: 'skip', name: 'a/b', override: false, ...by },
      { kind: 'resume', repositories: null, ...by },
      { kind: 'set-flag', flag: 'f', value: 10, ...by },
    ];
    for (const request of moves) expect(() => refuseSameHands(of, request), request.kind).toThrow(SAME);
    const stops: readonly OperatorRequest[] = [
      { kind: 'pause', ...by },
      { kind: 'reject', plan, planHash: 'h1', role: 'CTO', ...by },
      { kind: 'rollback', repositories: null, mode: 'hard', ...by },
      { kind: 'set-flag', flag: 'f', value: false, ...by },
      { kind: 'count', counter: 'c', count: 1, ...by },
    ];
    for (const request of stops) expect(() => refuseSameHands(of, request), request.kind).not.toThrow();
  });

  it('of another plan may move this one', () => {
    expect(() => refuseSameHands(hands(approved('dana', 'h0'), started('ana')), advance)).not.toThrow();
  });
});
