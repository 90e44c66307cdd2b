/** One event of a `text/event-stream`. */
export type StreamEvent = { readonly id: string | null; readonly event: string; readonly data: string };

/** More than any event of ours has; what is longer comes from somebody else. Characters. */
const LONGEST_EVENT = 4_000_000;

/** The text of an event. `data` is one line, as JSON always is. */
export function eventText({ id, event, data }: StreamEvent): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}

/**
 * Reads a `text/event-stream` that comes in pieces, wherever they are cut. Comments, `retry` and what it does not know
 * are passed over.
 *
 * @throws RangeError for an event without end
 */
export class EventStreamReader {
  #rest = '';

  /** @returns the events that are whole now */
  add(text: string): readonly StreamEvent[] {
    this.#rest += text;
    // A carriage return at the end may be half of a line end.
    const held = this.#rest.endsWith('\r') ? 1 : 0;
    const whole = this.#rest.slice(0, this.#rest.length - held).replaceAll(/\r\n?/g, '\n');
    const blocks = whole.split('\n\n');
    this.#rest = (blocks.pop() ?? '') + this.#rest.slice(this.#rest.length - held);
    if (this.#rest.length > LONGEST_EVENT)
      throw new RangeError(`an event of more than ${LONGEST_EVENT} characters`);
    return blocks.flatMap(parseBlock);
  }
}

function parseBlock(block: string): readonly StreamEvent[] {
  let id: string | null = null;
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'id') id = value;
    if (name === 'event') event = value;
    if (name === 'data') data.push(value);
  }
  return data.length === 0 ? [] : [{ id, event, data: data.join('\n') }];
}
