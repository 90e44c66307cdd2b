import { CutoverError, describeError } from '../../kernel/index.ts';

/** What matters here of a package.json. */
export type Manifest = {
  readonly name: string | null;
  /** `commonjs` only where it says so: without a type Node looks at the file. */
  readonly type: string | null;
  /** Names, of every kind of dependency. */
  readonly dependencies: readonly string[];
};

const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** @throws CutoverError `USAGE` when it is no JSON object: npm could not use it either */
export function parseManifest(text: string): Manifest {
  const manifest = object(parsed(text));
  if (manifest === null) throw broken('it holds no object');
  const named = (key: string): string | null => {
    const value = manifest[key];
    return typeof value === 'string' ? value : null;
  };
  const dependencies = KINDS.flatMap((kind) => Object.keys(object(manifest[kind]) ?? {}));
  return { name: named('name'), type: named('type'), dependencies: [...new Set(dependencies)] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(withoutMark(text));
  } catch (error) {
    throw broken(describeError(error));
  }
}

/** Editors of Windows put a byte order mark before the text; npm takes it, `JSON.parse` does not. */
export function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function object(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

function broken(why: string): CutoverError {
  return new CutoverError('USAGE', `package.json cannot be read: ${why}`, {
    hint: 'correct it first (npm pkg get name says whether it can be read); nothing was written',
    details: { file: 'package.json', error: why },
  });
}
