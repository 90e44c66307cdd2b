import type { EventMark } from '../store/index.ts';

/** Enough of a hash to tell two pasts of one log from each other. Characters. */
const SHOWN = 16;

/** Where somebody is in a log, so that it can go on there: `12-0a1b2c3d4e5f6071`. Another log has another hash at that place. */
export function markText({ seq, hash }: EventMark): string {
  return hash === '' ? String(seq) : `${seq}-${hash.slice(0, SHOWN)}`;
}

/** The hash is the beginning of one, or empty: a bare sequence is believed. `null` for what is no place in a log. */
export function parseMarkText(text: string): EventMark | null {
  const [, seq, hash = ''] = /^(\d{1,15})(?:-([\da-f]{16,64}))?$/.exec(text) ?? [];
  return seq === undefined ? null : { seq: Number(seq), hash };
}
