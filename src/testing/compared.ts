import type { AssertionError } from 'node:assert';
import type { Side } from '../route/index.ts';
import { begin, handOn, settle, type Answer, type AskedCall, type Begun } from './answer.ts';
import { disagreement, promiseDisagreement, type Compare } from './disagreement.ts';

export type Comparison = {
  /** Named in messages. */
  readonly repository: string;
  /** Whose answers the caller gets, and the only one that writes. */
  readonly serves: Side;
  readonly reads: readonly string[];
  readonly compare: Compare | undefined;
  /** Called with every difference, before the call fails by it. */
  readonly found: (difference: AssertionError) => void;
};

type Method = (...args: readonly unknown[]) => unknown;

/**
 * The side that serves, but that each call of a read goes to both. Both are begun at once, so that nothing that the
 * caller does later comes between them. Everything else, writes before all, never reaches the other side.
 */
export function compared<C extends object>(control: C, candidate: object, comparison: Comparison): C {
  const served = comparison.serves === 'control' ? control : candidate;
  const methods = new Map<Method, Method>();
  const member = (name: PropertyKey): unknown => {
    const value: unknown = Reflect.get(served, name, served);
    if (typeof value !== 'function' || name === 'constructor') return value;
    const method = value as Method;
    const known = methods.get(method);
    if (known !== undefined) return known;
    const isRead = typeof name === 'string' && comparison.reads.includes(name);
    const made: Method = isRead
      ? (...args) => ask(control, candidate, { operation: name, args }, comparison)
      : (...args) => Reflect.apply(method, served, args);
    methods.set(method, made);
    return made;
  };
  // Without properties of its own, so that those of `served` may be frozen and still be read as something else.
  const target: object = Object.create(Object.getPrototypeOf(served) as object | null);
  return new Proxy(target, {
    get: (_, name) => member(name),
    set: (_, name, value) => Reflect.set(served, name, value, served),
    has: (_, name) => Reflect.has(served, name),
    ownKeys: () => Reflect.ownKeys(served),
    getOwnPropertyDescriptor: (_, name) => {
      const own = Reflect.getOwnPropertyDescriptor(served, name);
      if (own === undefined) return undefined;
      return { configurable: true, writable: true, enumerable: own.enumerable ?? false, value: member(name) };
    },
  }) as C;
}

function ask(control: object, candidate: object, call: AskedCall, comparison: Comparison): unknown {
  const invoke = (side: object): Begun =>
    begin(() => Reflect.apply(Reflect.get(side, call.operation) as Method, side, call.args));
  const begun = { control: invoke(control), candidate: invoke(candidate) };
  if (!begun.control.isPromised && !begun.candidate.isPromised) return judge(begun, call, comparison);
  return judgeLater(begun, call, comparison);
}

type Both<T> = { readonly control: T; readonly candidate: T };

async function judgeLater(begun: Both<Begun>, call: AskedCall, comparison: Comparison): Promise<unknown> {
  const [control, candidate] = await Promise.all([settle(begun.control), settle(begun.candidate)]);
  for (const [one, other, promised] of [
    [begun.control, begun.candidate, 'control'],
    [begun.candidate, begun.control, 'candidate'],
  ] as const) {
    // Thrown at once or rejected is the same to whoever awaits; returned at once or promised is not to anybody else.
    if (one.isPromised && !other.isPromised && other.kind === 'returned')
      throw told(promiseDisagreement(comparison.repository, call, promised), comparison);
  }
  return judge({ control, candidate }, call, comparison);
}

/** @returns what the side that serves returned @throws the difference, else what that side threw */
function judge(answers: Both<Answer>, call: AskedCall, comparison: Comparison): unknown {
  const difference = disagreement(comparison.repository, call, answers, comparison.compare);
  if (difference !== undefined) throw told(difference, comparison);
  return handOn(answers[comparison.serves]);
}

function told(difference: AssertionError, { found }: Comparison): AssertionError {
  found(difference);
  return difference;
}
