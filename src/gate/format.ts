import { formatDuration } from '../kernel/index.ts';
import type { AskedMetric, Metric, Row } from '../plan/index.ts';

/** A number of a row for people, in the unit of what the row compares: `0.42 %`, `+7.3 %`, `52ms`, `12.1 MB/h`. */
export function formatMeasure(row: Pick<Row, 'against'>, metric: Metric, value: number | null): string {
  if (value === null) return '-';
  if (row.against === 'control' || row.against === 'baseline')
    return `${value >= 0 ? '+' : ''}${percent(value)}`;
  return formatMetric(metric, value) + (row.against === 'hour' ? '/h' : '');
}

/** A number of a metric in its own unit. */
export function formatMetric(metric: Metric, value: number | null): string {
  if (value === null) return '-';
  switch (metric.kind) {
    case 'errorRate':
    case 'probeFailures':
    case 'mismatchRate':
      return percent(value);
    case 'latency':
    case 'probeTime':
      return value < 10 ? `${value.toFixed(2)}ms` : formatDuration(value);
    case 'sql':
    case 'http':
    case 'prometheus':
      return formatUnit(metric.unit, value);
    case 'gauge':
      return formatGauge(metric.gauge, value);
    case 'counter':
    case 'newErrors':
      return String(value);
  }
}

function formatUnit(unit: AskedMetric['unit'], value: number): string {
  switch (unit) {
    case 'ratio':
      return percent(value);
    case 'bytes':
      return `${(value / 1e6).toFixed(1)} MB`;
    case 'ms':
    case 's':
      return value < 10 ? `${value.toFixed(2)}ms` : formatDuration(value);
    case 'count':
      return String(Number(value.toPrecision(6)));
  }
}

function formatGauge(gauge: string, value: number): string {
  if (gauge === 'rss' || gauge === 'heap') return `${(value / 1e6).toFixed(1)} MB`;
  if (gauge === 'cpu') return percent(value);
  if (gauge === 'eventLoopDelay') return `${value.toFixed(1)}ms`;
  return value.toFixed(1).replace(/\.0$/, '');
}

function percent(value: number): string {
  const hundred = value * 100;
  const text = hundred.toFixed(Math.abs(hundred) < 10 ? 2 : 1);
  return `${text.endsWith('0') ? text.replace(/\.?0+$/, '') : text} %`;
}
