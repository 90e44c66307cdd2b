import { CutoverError } from '../kernel/index.ts';

/**
 * The JSON of a request, read no further than it may be long: whoever sends more is not read to the end.
 *
 * @throws CutoverError `BODY_TOO_LARGE`, `REQUEST_INVALID`
 */
export async function readBody(request: Request, mostBytes: number): Promise<unknown> {
  const type = request.headers.get('content-type') ?? '';
  // A form of another page can send text and forms by itself, and this not.
  if (!/^application\/json\s*(?:;|$)/i.test(type))
    throw new CutoverError('REQUEST_INVALID', `the body is ${type === '' ? 'of no type' : type}`, {
      hint: 'send "content-type: application/json"',
    });
  if (Number(request.headers.get('content-length') ?? 0) > mostBytes) throw tooLarge(mostBytes);
  const json = parse(await readText(request, mostBytes));
  if (isDeeper(json, MOST_LEVELS))
    throw new CutoverError('REQUEST_INVALID', `the body is nested deeper than ${MOST_LEVELS} levels`, {
      hint: 'nothing that is asked for here is',
    });
  return json;
}

/** What is deeper can be read and not be written again: that takes a stack. */
const MOST_LEVELS = 64;

function isDeeper(json: unknown, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return false;
  if (levels === 0) return true;
  return Object.values(json).some((member) => isDeeper(member, levels - 1));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CutoverError('REQUEST_INVALID', 'the body is no JSON', { cause });
  }
}

async function readText(request: Request, mostBytes: number): Promise<string> {
  // A length that is said is kept to: the parser of requests passes on no more than that.
  if (request.headers.has('content-length')) return request.text();
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for await (const piece of request.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > mostBytes) throw tooLarge(mostBytes);
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

function tooLarge(mostBytes: number): CutoverError {
  return new CutoverError('BODY_TOO_LARGE', `the body is longer than ${mostBytes} bytes`, {
    hint: 'send less at a time',
  });
}
