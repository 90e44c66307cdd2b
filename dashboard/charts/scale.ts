/** Where the lines of a chart are, in pixels. */
export type Frame = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

/** @returns the pixel of a value between two others */
export function toPixel(value: number, from: number, to: number, start: number, length: number): number {
  return start + ((value - from) / (to - from)) * length;
}

/** Round values from 0 to the top of an axis, about as many as asked for. */
export function valueTicks(top: number, count: number): readonly number[] {
  const rough = top / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((one) => one * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, index) => index * step);
}

const SECOND = 1_000;
const HOUR = 3_600_000;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 6, 12, 24, 48, 120, 240, 480, 1_440].map((hours) => hours * HOUR),
];

/** Round moments between two others, at most as many as there is room for. Milliseconds. */
export function timeTicks(from: number, to: number, most: number): readonly number[] {
  const step = STEPS.find((one) => (to - from) / one <= most) ?? (to - from) / most;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, index) => first + index * step);
}

/** The way of a line as SVG has it. Where there is no value there is no line; a value between two gaps is a dot. */
export function pathOf(
  points: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  let isOn = false;
  for (const [index, value] of points.entries()) {
    if (value === null) {
      isOn = false;
      continue;
    }
    const at = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    // A line of no length with round ends is a dot.
    path += isOn ? `L${at}` : `M${at}h0`;
    isOn = true;
  }
  return path;
}
