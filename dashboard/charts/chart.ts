import { valueText, type Unit } from './values.ts';

/** A number for each stretch of time; `null` is a gap. */
export type Points = readonly (number | null)[];

export type Line = {
  readonly label: string;
  readonly tone: 'control' | 'candidate' | 'yellow' | 'red';
  /** Of one side several are told apart by their dashes. */
  readonly dash?: 'none' | 'short' | 'long';
  readonly points: Points;
};

/** What one chart shows. */
export type Chart = {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  /** When each stretch of time begins, milliseconds. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Why nothing is drawn; `null` where something is. */
  readonly empty: string | null;
};

export function isLimit({ tone }: Line): boolean {
  return tone === 'yellow' || tone === 'red';
}

/** What has no number for so many stretches has none now: a side that serves nobody any more is not as it last was. */
const NEWEST = 5;

/** The newest number of a line; `null` where the end of it has none. */
export function lastOf({ points }: Line): number | null {
  return points.slice(-NEWEST).findLast((point) => point !== null) ?? null;
}

/** A limit that is farther away than this many times what was measured is named, and not drawn to scale. */
const FAR = 3;

/** The upper end of the axis: above all that was measured, and above limits that are near. */
export function topOf({ lines }: Pick<Chart, 'lines'>): number {
  const most = (of: readonly Line[]): number =>
    of.reduce((top, { points }) => points.reduce<number>((max, point) => Math.max(max, point ?? 0), top), 0);
  const measured = most(lines.filter((line) => !isLimit(line)));
  const near = lines.filter((line) => isLimit(line) && (measured === 0 || most([line]) <= measured * FAR));
  const top = Math.max(measured, most(near));
  return top === 0 ? 1 : top * 1.08;
}

/** What the lines say, for whoever does not see them. */
export function summaryOf({ title, unit, lines, empty }: Chart): string {
  if (empty !== null) return `${title}. ${empty}`;
  const parts = lines.map((line) => {
    const known = line.points.filter((point) => point !== null);
    if (known.length === 0) return `${line.label}: nothing was measured`;
    const last = lastOf(line);
    const now = `${line.label} ${last === null ? 'nothing any more' : valueText(unit, last)}`;
    const most = Math.max(...known);
    return isLimit(line) || known.length === 1 ? now : `${now}, at most ${valueText(unit, most)}`;
  });
  return `${title}. At the end: ${parts.join('; ')}.`;
}
