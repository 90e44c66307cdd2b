import { describe, expect, it } from 'vitest';
import { CaptureDuty } from './capture.ts';

const capture = { id: '7', instance: 'i1' };

function duty(): { readonly it: CaptureDuty; readonly taken: string[] } {
  const taken: string[] = [];
  const take = async (id: string) => {
    taken.push(id);
    return { id, ok: false, problem: 'none' } as const;
  };
  return { it: new CaptureDuty('i1', take), taken };
}

describe('a wish for a picture of the memory', () => {
  it('is carried out once, after the state that brought it was acknowledged', async () => {
    const { it: one, taken } = duty();
    one.noted({ epoch: 4 });
    one.noted({ epoch: 6, capture });
    expect(await one.reported({ acknowledged: 5 })).toBe(false);
    expect(taken).toEqual([]);
    expect(one.status).toEqual({});
    expect(await one.reported({ acknowledged: 6 })).toBe(true);
    one.noted({ epoch: 7, capture });
    expect(await one.reported({ acknowledged: 7 })).toBe(false);
    expect(taken).toEqual(['7']);
    expect(one.status).toEqual({ capture: { id: '7', ok: false, problem: 'none' } });
  });

  it('is not for another instance, nor for a process that began after it', async () => {
    const { it: other, taken } = duty();
    other.noted({ epoch: 4 });
    other.noted({ epoch: 5, capture: { id: '7', instance: 'i2' } });
    await other.reported({ acknowledged: 5 });
    const late = duty();
    late.it.noted({ epoch: 5, capture });
    await late.it.reported({ acknowledged: 5 });
    expect([...taken, ...late.taken]).toEqual([]);
  });
});
