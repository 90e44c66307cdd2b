import { thrownMember } from '../kernel/index.ts';

/** The innermost frames say where it was thrown; this many of them, of at most so many characters. */
const MOST_FRAMES = 8;
const MOST_FRAME = 200;

/**
 * Frames of an error's stack, innermost first, without its message: that may hold a user's data, a place in the code
 * does not. Empty for what has no stack. Throws nothing.
 */
export function stackFrames(error: unknown): readonly string[] {
  const stack = thrownMember(error, 'stack');
  if (typeof stack !== 'string') return [];
  const message = thrownMember(error, 'message');
  const told = typeof message === 'string' ? stack.indexOf(message) + message.length : 0;
  return stack
    .slice(Math.max(0, told), 20_000)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MOST_FRAMES)
    .map((line) => line.trim().slice(0, MOST_FRAME));
}
