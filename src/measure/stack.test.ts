import { describe, expect, it } from 'vitest';
import { OperationCell, Recorder } from './recorder.ts';
import { stackFrames } from './stack.ts';

describe('the place where an error was thrown', () => {
  it('is its innermost frames, without the message and whatever that holds', () => {
    const error = new Error('no user 4711\n    at ana@example.org (of the message)');
    const frames = stackFrames(error);
    expect(frames.length).toBeGreaterThan(0);
    expect(frames.length).toBeLessThanOrEqual(8);
    expect(frames[0]).toContain('stack.test.ts');
    expect(frames.join('\n')).not.toContain('ana');
  });

  it.each([
    [undefined],
    ['text'],
    [{ stack: 7 }],
    [
      new Proxy(
        {},
        {
          get() {
            throw new Error('no');
          },
        },
      ),
    ],
  ])('is nothing of what has none: case %#', (thrown) => {
    expect(stackFrames(thrown)).toEqual([]);
  });

  it('is kept of the first of a kind, also of one that was returned in a Result', () => {
    const cell = new OperationCell();
    const first = new TypeError('no 1');
    cell.failed({ ok: false, error: first });
    cell.failed({ ok: false, error: new TypeError('no 2') });
    const [seen, ...others] = cell.drain('user', 'find', 'candidate').fingerprints;
    expect(others).toEqual([]);
    expect(seen).toMatchObject({ class: 'TypeError', count: 2, stack: stackFrames(first) });
  });

  it('is kept of five kinds a batch at the most, over all operations: a caller waits for no more', () => {
    const recorder = new Recorder();
    const cells = [recorder.cell('user', 'find', 'candidate'), recorder.cell('user', 'list', 'candidate')];
    const stacks = (): number => {
      for (const [index, cell] of cells.entries()) {
        for (let kind = 0; kind < 4; kind += 1) cell.failed(new Error(`${'abcd'[kind]}${'xy'[index]}`));
        cell.finished(1);
      }
      const { operations } = recorder.drain(1, 1_000, {});
      return operations.flatMap(({ fingerprints }) => fingerprints).filter(({ stack }) => stack !== undefined)
        .length;
    };
    expect([stacks(), stacks()]).toEqual([5, 5]);
  });
});
