import { StatusReader, type StatusDocument } from '../report/index.ts';
import type { Context } from './command.ts';
import { lastEventTexts } from './event-text.ts';
import { printDocument } from './io.ts';
import { renderStatus, statusLine } from './render/status.ts';
import { clockText } from './render/time.ts';
import { openForReading, type Session } from './session.ts';
import { terminalText } from './terminal-text.ts';

/** A terminal is drawn again at least this often, milliseconds: ages and rates move without an event. */
const REDRAW_MS = 1_000;
/** And at most this often. */
const LEAST_MS = 100;

const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const HOME = '\u001B[H';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';

/** Shows a status again whenever it changes, until the signal: a screen on a terminal, a line a change in a pipe. */
export async function watchStatus(context: Context, session: Session, shownEvents: number): Promise<void> {
  const { io, clock, signal } = context;
  const { plan, environment, stream, place } = session;
  const change = new Change();
  let { store } = session;
  let reader = new StatusReader(store, clock, plan, environment);
  let unwatch = store.watch(() => change.ring());
  let shown = '';
  const onScreen = io.rows !== null && !io.json;
  if (onScreen) io.raw(HIDE_CURSOR + HOME + CLEAR_BELOW);
  try {
    while (!signal.aborted) {
      const document = await reader.read();
      const events = onScreen ? await lastEventTexts(store, stream, document.log.seq, shownEvents) : [];
      shown = show(context, document, events, shown);
      await change.wait(clock, REDRAW_MS, LEAST_MS, signal);
      if (document.log.seq > 0) continue;
      // Until the first event there may have been no file to read from.
      unwatch();
      if (store !== session.store) await store.close();
      store = await openForReading(place, clock);
      reader = new StatusReader(store, clock, plan, environment);
      unwatch = store.watch(() => change.ring());
    }
  } finally {
    unwatch();
    if (store !== session.store) await store.close();
    if (onScreen) io.raw(`${SHOW_CURSOR}\n`);
  }
}

/** @returns the sign of what is shown now, by which a pipe sees whether anything changed */
function show({ io }: Context, document: StatusDocument, events: readonly string[], shown: string): string {
  const sign = io.json ? JSON.stringify({ ...document, at: 0 }) : statusLine(document);
  if (io.rows !== null && !io.json)
    io.raw(
      frame(terminalText(renderStatus(document, events, io.width, io.paint, io.rows - 1), io.paint), io.rows),
    );
  else if (sign === shown) return shown;
  else if (io.json) printDocument(io, document);
  else io.out(`${clockText(document.at)}  ${sign}`);
  return sign;
}

/** Drawn over the frame before it, so that nothing flickers; what does not fit is cut at the bottom. */
function frame(text: string, rows: number): string {
  const lines = text.split('\n').slice(0, rows - 1);
  return HOME + lines.map((line) => line + CLEAR_LINE).join('\n') + CLEAR_BELOW;
}

/** A commit that may matter, or the time to redraw. */
class Change {
  #ring: () => void = () => {};

  ring(): void {
    this.#ring();
  }

  async wait(clock: Context['clock'], mostMs: number, leastMs: number, signal: AbortSignal): Promise<void> {
    const timer = new AbortController();
    const rung = new Promise<void>((resolve) => {
      this.#ring = resolve;
    });
    const stop = AbortSignal.any([signal, timer.signal]);
    await clock.sleep(leastMs, signal).catch(() => {});
    if (!signal.aborted) await Promise.race([rung, clock.sleep(mostMs - leastMs, stop).catch(() => {})]);
    timer.abort();
  }
}
