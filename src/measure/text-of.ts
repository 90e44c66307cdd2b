/** A text in somebody else's JSON; what is none is empty. An object may have a `toString` of its own, which does not work. */
export function textOf(json: unknown): string {
  return typeof json === 'string' ? json : '';
}
