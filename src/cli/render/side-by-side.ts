import type { Paint } from '../paint.ts';

/** One place, and what each side has there. */
export type Beside = { readonly place: string; readonly control: string; readonly candidate: string };

const GAP = 2;
/** Of the line: a place is a path, a value may be anything. */
const PLACE_SHARE = 0.3;

/**
 * Places below each other, sides next to each other. Nothing is clipped, since it is there to be compared: what is longer
 * than its column goes on below.
 */
export function sideBySide(rows: readonly Beside[], width: number, paint: Paint): readonly string[] {
  const widest = Math.max(...rows.map(({ place }) => place.length), 'place'.length);
  const places = Math.min(widest, Math.floor(width * PLACE_SHARE));
  const room = Math.floor((width - places - 2 * GAP) / 2);
  const values = rows.flatMap(({ control, candidate }) => [control.length, candidate.length]);
  const columns = [places, Math.min(room, Math.max(...values, 'candidate'.length)), room] as const;
  const head = lineOf(['place', 'control', 'candidate'], columns).map((line) => paint('dim', line));
  return [
    ...head,
    ...rows.flatMap(({ place, control, candidate }) => lineOf([place, control, candidate], columns)),
  ];
}

function lineOf(cells: readonly string[], columns: readonly number[]): readonly string[] {
  const parts = cells.map((cell, at) => folded(cell, columns[at] ?? 1));
  const height = Math.max(...parts.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    parts
      .map((part, at) => (part[line] ?? '').padEnd(columns[at] ?? 1))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

/** Broken behind a blank or a comma where there is one in the second half, else anywhere. */
function folded(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width);
    const at = blank > width / 2 ? blank : width;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
