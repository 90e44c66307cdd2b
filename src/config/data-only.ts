import { hasControls, type Json, spelled } from '../kernel/index.ts';
import { type PathPart, type Problem, problemAt } from './problem.ts';

/** More than any plan that a person can review; stops a generated monster before it costs memory. */
const MOST_VALUES = 50_000;
const MOST_DEPTH = 32;
const LONGEST_TEXT = 100_000;
/** Of a text only what makes its lines. */
const CONTROL = /[^\P{Cc}\t\n\r]/u;
/** Keys that change an object's behaviour when they are copied carelessly. */
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

type Walk = { readonly problems: Problem[]; readonly parents: Set<object>; values: number };

/**
 * A copy of `input` that is certainly data: plain objects, arrays, text, finite numbers, booleans and null.
 * Whatever is not (a function, a Date, a class instance, a cycle, NaN) becomes a problem with its path: a plan is
 * hashed, stored and approved, and none of these survive that.
 */
export function dataOnly(input: unknown): { data: Json; problems: readonly Problem[] } {
  const walk: Walk = { problems: [], parents: new Set(), values: 0 };
  try {
    return { data: copy(input, [], walk), problems: walk.problems };
  } catch (error) {
    // Only a Proxy or an exotic object gets here: looking at it ran code, and that code threw.
    return { data: null, problems: [problemAt([], `could not be read: ${String(error)}; a plan is data`)] };
  }
}

function copy(value: unknown, path: readonly PathPart[], walk: Walk): Json {
  walk.values += 1;
  if (walk.values > MOST_VALUES) return refuseOnce(path, `holds more than ${MOST_VALUES} values`, walk);
  if (path.length > MOST_DEPTH) return refuse(path, `is nested deeper than ${MOST_DEPTH} levels`, walk);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return copyText(value, path, walk);
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : refuse(path, `${value} is not a finite number`, walk);
  }
  if (typeof value !== 'object') return refuse(path, `is ${kindOf(value)}; a plan is data`, walk);
  if (walk.parents.has(value)) return refuse(path, 'refers to an object that contains it', walk);
  walk.parents.add(value);
  const copied = Array.isArray(value) ? copyList(value, path, walk) : copyObject(value, path, walk);
  walk.parents.delete(value);
  return copied;
}

function copyText(text: string, path: readonly PathPart[], walk: Walk): Json {
  if (text.length > LONGEST_TEXT)
    return refuse(path, `is a text of ${text.length} characters; the limit is ${LONGEST_TEXT}`, walk);
  const control = CONTROL.exec(text)?.[0];
  if (control === undefined) return text;
  return refuse(path, `has the control character ${spelled(control)}; a terminal would carry it out`, walk);
}

function copyList(list: readonly unknown[], path: readonly PathPart[], walk: Walk): Json {
  if (list.length > MOST_VALUES)
    return refuse(path, `has ${list.length} entries; the limit is ${MOST_VALUES}`, walk);
  const copied: Json[] = [];
  for (let index = 0; index < list.length; index += 1) {
    const at = [...path, index];
    copied.push(index in list ? copy(list[index], at, walk) : refuse(at, 'is a hole in a list', walk));
    if (walk.values > MOST_VALUES) break;
  }
  return copied;
}

function copyObject(object: object, path: readonly PathPart[], walk: Walk): Json {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return refuse(path, `is ${instanceName(object)}; a plan is data`, walk);
  }
  if (Object.getOwnPropertySymbols(object).length > 0) {
    return refuse(path, 'has a key that is a symbol; a plan is data', walk);
  }
  const members: [string, Json][] = [];
  for (const [key, member] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    const at = [...path, key];
    if (REFUSED_KEYS.has(key) || hasControls(key))
      refuse(at, `the key ${JSON.stringify(key)} is refused`, walk);
    else if (!('value' in member)) refuse(at, 'is computed by a getter; a plan is data', walk);
    else if (member.value !== undefined) members.push([key, copy(member.value, at, walk)]);
    if (walk.values > MOST_VALUES) break;
  }
  return Object.fromEntries(members);
}

function refuse(path: readonly PathPart[], message: string, walk: Walk): null {
  walk.problems.push(problemAt(path, message));
  return null;
}

/** The bound on values is passed at every value that follows; it is one problem. */
function refuseOnce(path: readonly PathPart[], message: string, walk: Walk): null {
  return walk.values === MOST_VALUES + 1 ? refuse(path.slice(0, 1), message, walk) : null;
}

function kindOf(value: unknown): string {
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}

function instanceName(object: object): string {
  const maker: unknown = object.constructor;
  const name = typeof maker === 'function' && maker.name !== '' ? maker.name : 'class';
  return object instanceof Date ? 'a Date' : `an instance of ${name}`;
}
