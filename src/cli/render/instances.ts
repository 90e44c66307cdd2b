import type { StatusDocument } from '../../report/index.ts';
import type { Paint, Style } from '../paint.ts';
import type { Section } from './fit.ts';
import { type Cell, table } from './table.ts';
import { counted, heading, wrap } from './text.ts';

type Instance = StatusDocument['instances'][number];

/** More rows than this say less: then only those that need a look are listed. */
const MOST_ROWS = 16;
const LIVENESS: Readonly<Record<Instance['liveness'], Style>> = { live: 'good', unknown: 'dim', gone: 'bad' };

/** Who is there, what it serves, and whether it acknowledged the epoch; or only who needs a look; or only how many. */
export function instanceVersions(
  { instances, routing }: StatusDocument,
  width: number,
  paint: Paint,
): Section {
  if (instances.length === 0) return [[]];
  const epoch = routing?.epoch ?? 0;
  const behind = instances.filter(({ acknowledged }) => acknowledged < epoch).length;
  const candidates = instances.filter(({ candidate }) => candidate).length;
  const summary = `${heading('Instances', paint)}: ${instances.length}, ${candidates} on the candidate, ${instances.length - behind} acknowledged epoch ${epoch}`;
  const some = instances.filter((one) => needsLook(one, epoch)).slice(0, MOST_ROWS);
  const lines = (listed: readonly Instance[]): readonly string[] => [
    summary,
    ...table(
      listed.map((one) => rowOf(one, epoch)),
      width,
      paint,
    ),
    ...listed.flatMap(({ instance, notes }) =>
      notes.flatMap((note) =>
        wrap(`${instance}: ${note}`, width, '    ').map((line) => paint('warning', line)),
      ),
    ),
  ];
  return [lines(instances.length <= MOST_ROWS ? instances : some), lines(some.slice(0, 3)), [summary]];
}

function needsLook(one: Instance, epoch: number): boolean {
  return one.liveness !== 'live' || one.acknowledged < epoch || one.notes.length > 0;
}

function rowOf(
  { instance, liveness, candidate, acknowledged, pins }: Instance,
  epoch: number,
): readonly Cell[] {
  const isBehind = acknowledged < epoch;
  return [
    { text: instance },
    { text: liveness, style: LIVENESS[liveness] },
    { text: candidate ? 'candidate' : 'control', style: candidate ? 'accent' : 'plain' },
    isBehind
      ? { text: `at epoch ${acknowledged}`, style: 'warning' }
      : { text: 'acknowledged', style: 'dim' },
    { text: pins === 0 ? '' : counted(pins, 'pin'), style: 'dim' },
  ];
}
