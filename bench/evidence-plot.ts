import { judgeRow, NO_MEMORY, type RowMemory } from '../src/gate/index.ts';
import { seededRandom } from '../src/kernel/index.ts';
import { KINDS, measureOf } from './gate-run.ts';
import { LOOK_MS, SHAPES, world, type Fault, type Seen } from './worlds.ts';

/** What is drawn: forty minutes of a tenth of twenty calls a second; the fault begins after half of it. */
const LOOKS = 240;
const BEGINS = 120;
const WIDTH = 720;
const HEIGHT = 300;
const LEFT = 56;
const RIGHT = 16;
const TOP = 28;
const BOTTOM = 36;
/** Powers of ten at the lower and upper edge. */
const LOWEST = -1;
const HIGHEST = 3;

/** Evidence against one critical row at each look, from the real judge. */
function path(fault: Fault | undefined): readonly number[] {
  const kind = KINDS[1];
  const shape = SHAPES[0];
  if (kind === undefined || shape === undefined) return [];
  const rules = { maxAgeMs: LOOK_MS, alpha: 0.01, needsFine: true };
  let memory: RowMemory = NO_MEMORY;
  let window: readonly Seen[] = [];
  const points: number[] = [];
  for (const seen of world(shape, seededRandom(3), fault)) {
    window = [...window, seen].slice(-6);
    memory = judgeRow(kind.row, kind.metric, measureOf(kind, window), memory, rules).memory;
    const owned = memory.evidence?.beyond;
    const rest = (owned?.cash ?? 0) + (owned?.won ?? 0);
    points.push((owned?.bets ?? []).reduce((sum, bet) => sum + bet, rest));
    if (points.length === LOOKS) break;
  }
  return points;
}

function x(look: number): string {
  return (LEFT + (look / LOOKS) * (WIDTH - LEFT - RIGHT)).toFixed(1);
}

function y(amount: number): string {
  const power = Math.min(HIGHEST, Math.max(LOWEST, Math.log10(amount)));
  return (TOP + ((HIGHEST - power) / (HIGHEST - LOWEST)) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
}

function line(points: readonly number[], colour: string): string {
  const at = points.map((amount, look) => `${x(look)},${y(amount)}`).join(' ');
  return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${at}"/>`;
}

function text(left: number | string, top: number | string, words: string, anchor = 'start'): string {
  return `<text x="${left}" y="${top}" text-anchor="${anchor}">${words}</text>`;
}

/** The picture of `docs/guide/gates.md`. The same at every call. */
export function evidencePlot(): string {
  const bad = path({ from: BEGINS, errorRate: 0.1 });
  const red = bad.findIndex((amount) => amount >= 100);
  const grid = [LOWEST, 0, 1, 2, HIGHEST].map((power) => {
    const at = y(10 ** power);
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#ddd"/>${text(LEFT - 6, Number(at) + 4, `${10 ** power}x`, 'end')}`;
  });
  const minutes = [0, 10, 20, 30, 40].map((minute) =>
    text(x((minute * 60_000) / LOOK_MS), HEIGHT - 12, `${minute} min`, 'middle'),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="Evidence against a row over forty minutes: flat below one, then above one hundred within a minute of the fault">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${grid.join('\n')}
${minutes.join('\n')}
<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(100)}" y2="${y(100)}" stroke="#b00020" stroke-dasharray="6 4"/>
${text(LEFT + 6, Number(y(100)) - 6, 'red: 100x, one critical row')}
<line x1="${x(BEGINS)}" x2="${x(BEGINS)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#888" stroke-dasharray="2 3"/>
${text(Number(x(BEGINS)) - 6, TOP + 12, 'a tenth of the calls begins to fail', 'end')}
${line(path(undefined), '#2e7d32')}
${line(bad.slice(0, red + 1), '#b00020')}
${text(Number(x(BEGINS)) + 60, Number(y(4)), `red after ${((red + 1 - BEGINS) * LOOK_MS) / 1_000} s`)}
</svg>
`;
}
