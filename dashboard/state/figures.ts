/** `12.5 %`. @param share 0..1 */
export function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(share < 0.1 ? 2 : 3))} %`;
}

/** `41.7ms`, `1.25s`. @param ms milliseconds */
export function latencyText(ms: number): string {
  return ms < 1_000 ? `${Number(ms.toPrecision(3))}ms` : `${Number((ms / 1_000).toPrecision(3))}s`;
}

/** `35.6/s`. @param ms in which so many were counted, milliseconds */
export function rateText(count: number, ms: number): string {
  const rate = (count / ms) * 1_000;
  return `${rate >= 100 ? Math.round(rate).toLocaleString('en') : Number(rate.toPrecision(2))}/s`;
}

/** `+2 %`: how much of the first one the second one is more or less. */
export function changeText(from: number, to: number): string {
  if (from === 0) return '';
  const change = Math.round((to / from - 1) * 1_000) / 10;
  return `${change > 0 ? '+' : ''}${change} %`;
}

/** `1 instance`, `2 instances`. */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : more}`;
}
