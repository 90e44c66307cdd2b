import type { z } from 'zod';
import { suggest } from '../kernel/index.ts';
import { problemAt, type Problem, show } from './problem.ts';

type RawIssue = z.core.$ZodRawIssue;

/**
 * What a zod issue says, in our words: the value, then the limit, then what was probably meant. Given to the parse
 * as its error map, because only there the value and the schema that refused it are at hand.
 */
export function issueMessage(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(issue.inst);
      return issue.keys.map((key) => `is not a known key${didYouMean(key, known)}`).join('\n');
    }
    case 'invalid_value':
      return oneOf(issue.input, issue.values.map(String));
    case 'invalid_union':
      return unionMessage(issue);
    case 'invalid_type':
      if (issue.input === undefined) return `is missing; expected ${typeWord(issue.expected)}`;
      return `${show(issue.input)} is not ${typeWord(issue.expected)}`;
    case 'too_small':
      return `is empty; needs at least ${issue.minimum}`;
    default:
      return undefined;
  }
}

/** One problem for an issue, several for unknown keys (one each, at the key's own path). */
export function issueProblems(issue: z.core.$ZodIssue): readonly Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => problemAt([...path, key], messages[index] ?? 'is not a known key'));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => problemAt(path, `the key ${inner.message}`));
  }
  return [problemAt(path, issue.message)];
}

/** `"hodl" is not one of expose, hold, gate; did you mean "hold"?` */
export function oneOf(value: unknown, known: readonly string[]): string {
  if (value === undefined) return `is missing; expected one of ${known.join(', ')}`;
  const none = known.length === 0 ? 'not known: there is none' : `not one of ${known.join(', ')}`;
  return `${show(value)} is ${none}${typeof value === 'string' ? didYouMean(value, known) : ''}`;
}

function didYouMean(typed: string, known: readonly string[]): string {
  const meant = suggest(typed, known);
  return meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`;
}

function unionMessage(issue: Extract<RawIssue, { code?: 'invalid_union' }>): string {
  const { discriminator, input } = issue;
  if (discriminator === undefined || !isRecord(input)) return `${show(input)} is not ${choices(issue.inst)}`;
  const options: readonly unknown[] = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
  return oneOf(input[discriminator], options.map(String));
}

/** The types of a plain union in words: `a text or a number`. */
function choices(schema: unknown): string {
  const options = isRecord(schema) && Array.isArray(schema['options']) ? schema['options'] : [];
  const words = options.flatMap((option: unknown) =>
    isRecord(option) && typeof option['type'] === 'string' ? [typeWord(option['type'])] : [],
  );
  return words.length === 0 ? 'what is expected here' : words.join(' or ');
}

function knownKeys(schema: unknown): readonly string[] {
  return isRecord(schema) && isRecord(schema['shape']) ? Object.keys(schema['shape']) : [];
}

function typeWord(type: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    boolean: 'true or false',
    array: 'a list',
    object: 'an object',
    record: 'an object',
    null: 'null',
  };
  return words[type] ?? type;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
