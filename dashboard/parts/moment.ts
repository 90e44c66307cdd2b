/** `2026-11-24 16:05:12 UTC`. @param at wall clock, milliseconds */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
