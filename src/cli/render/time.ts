/** Wall clock for people on several continents: UTC, to the second. `2026-08-01 12:03:44Z`. */
export function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** The time alone, where the day is known: `12:03:44Z`. */
export function clockText(at: number): string {
  return timeText(at).slice(11);
}
