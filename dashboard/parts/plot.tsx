import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { topOf, type Chart, type Points } from '../charts/chart.ts';
import { SIGNS } from '../charts/marks.ts';
import { pathOf, timeTicks, toPixel, valueTicks, type Frame } from '../charts/scale.ts';
import { tickText, valueText } from '../charts/values.ts';

/** What stands behind the lines. Wall clock, milliseconds. */
export type Background = {
  readonly from: number;
  readonly to: number;
  readonly bands: readonly {
    readonly kind: 'step' | 'rollback';
    readonly phase: string | null;
    readonly step: string | null;
    readonly title: string;
    readonly from: number;
    readonly to: number;
  }[];
  readonly marks: readonly { readonly at: number; readonly kind: string }[];
};

const HEIGHT = 190;
/** Room for numbers, for the names of steps, and for times. Pixels. */
const ROOM = { left: 58, top: 20, right: 12, bottom: 22 };
/** How wide a letter of the small font is at most. Pixels. */
const LETTER = 6.2;

/** Lines, with steps behind them and events in them. Who points at one points at the same moment in all charts. */
export function Plot(props: {
  readonly chart: Chart;
  readonly bucketMs: number;
  readonly background: Background;
  readonly cursor: Signal<number | null>;
}) {
  const { chart, bucketMs, background, cursor } = props;
  const host = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  useEffect(() => {
    const { current } = host;
    if (current === null) return undefined;
    const resize = new ResizeObserver(() => (width.value = current.clientWidth));
    resize.observe(current);
    return () => resize.disconnect();
  }, []);
  const frame = {
    left: ROOM.left,
    top: ROOM.top,
    width: Math.max(1, width.value - ROOM.left - ROOM.right),
    height: HEIGHT - ROOM.top - ROOM.bottom,
  };
  const x = (at: number): number => toPixel(at, background.from, background.to, frame.left, frame.width);
  // Stretches of time stand at their middle.
  const middle = (index: number): number => x((chart.times[index] ?? 0) + bucketMs / 2);
  const point = (event: PointerEvent): void => {
    const at = event.clientX - (host.current?.getBoundingClientRect().left ?? 0);
    cursor.value = nearest(chart.times.length, (index) => Math.abs(middle(index) - at));
  };
  return (
    <div
      ref={host}
      class="plot"
      aria-hidden="true"
      onPointerMove={point}
      onPointerLeave={() => (cursor.value = null)}
    >
      {width.value === 0 ? null : (
        <svg width={width.value} height={HEIGHT}>
          <Bands frame={frame} x={x} bands={background.bands} />
          <Axes frame={frame} x={x} chart={chart} background={background} />
          <Lines frame={frame} chart={chart} middle={middle} />
          <Marks frame={frame} x={x} marks={background.marks} />
          <Cursor frame={frame} cursor={cursor} middle={middle} />
        </svg>
      )}
    </div>
  );
}

function nearest(count: number, distance: (index: number) => number): number | null {
  let found: number | null = null;
  for (let index = 0; index < count; index += 1)
    if (found === null || distance(index) < distance(found)) found = index;
  return found;
}

type Placed = { readonly frame: Frame; readonly x: (at: number) => number };

function Bands({ frame, x, bands }: Placed & Pick<Background, 'bands'>) {
  return (
    <g class="bands">
      {bands.map(({ kind, phase, step, title, from, to }, index) => {
        const [left, right] = [x(from), x(to)];
        const texts = step === null ? [title] : [`${phase ?? ''} / ${step}`, step];
        const text = texts.find((one) => one.length * LETTER <= right - left);
        return (
          <g key={from} data-kind={kind} data-odd={index % 2}>
            <rect x={left} y={frame.top} width={Math.max(0, right - left)} height={frame.height} />
            <text x={left + 3} y={frame.top - 5}>
              {text}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Axes(props: Placed & { readonly chart: Chart; readonly background: Background }) {
  const { frame, x, chart, background } = props;
  const top = topOf(chart);
  const bottom = frame.top + frame.height;
  const times = timeTicks(background.from, background.to, Math.max(1, frame.width / 72));
  const [first = 0, second = first] = times;
  return (
    <g class="axes">
      {valueTicks(top, 4).map((value) => {
        const y = bottom - (value / top) * frame.height;
        return (
          <g key={value}>
            <path d={`M${frame.left} ${y}h${frame.width}`} />
            <text x={frame.left - 6} y={y + 4} text-anchor="end">
              {valueText(chart.unit, value)}
            </text>
          </g>
        );
      })}
      {times.map((at) => (
        <text key={at} x={x(at)} y={bottom + 15} text-anchor="middle">
          {tickText(at, second - first)}
        </text>
      ))}
    </g>
  );
}

function Lines(props: {
  readonly frame: Frame;
  readonly chart: Chart;
  readonly middle: (index: number) => number;
}) {
  const { frame, chart, middle } = props;
  const top = topOf(chart);
  const y = (value: number): number => frame.top + frame.height * (1 - value / top);
  // What is above the picture, as a limit that is far away, is not drawn.
  const inside = (points: Points): Points =>
    points.map((value) => (value === null || value > top ? null : value));
  return (
    <g class="lines">
      {chart.lines.map(({ label, tone, dash, points }) => (
        <path key={label} data-tone={tone} data-dash={dash ?? 'none'} d={pathOf(inside(points), middle, y)} />
      ))}
    </g>
  );
}

function Marks({ frame, x, marks }: Placed & Pick<Background, 'marks'>) {
  const isInside = (at: number): boolean => x(at) >= frame.left && x(at) <= frame.left + frame.width;
  return (
    <g class="marks">
      {marks
        .filter(({ at }) => isInside(at))
        .map(({ at, kind }) => (
          <g key={`${at} ${kind}`} data-kind={kind}>
            <path d={`M${x(at)} ${frame.top + 12}V${frame.top + frame.height}`} />
            <text x={x(at)} y={frame.top + 10} text-anchor="middle">
              {SIGNS[kind]?.sign ?? '·'}
            </text>
          </g>
        ))}
    </g>
  );
}

function Cursor(props: {
  readonly frame: Frame;
  readonly cursor: Signal<number | null>;
  readonly middle: (index: number) => number;
}) {
  const { frame, cursor, middle } = props;
  if (cursor.value === null) return null;
  return <path class="cursor" d={`M${middle(cursor.value)} ${frame.top}v${frame.height}`} />;
}
