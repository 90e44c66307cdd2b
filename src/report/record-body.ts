/** What a record holds, read as what it may be: another version, or a hand, may have written it. */
export function asRecord(json: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : undefined;
}

export function countIn(
  from: Readonly<Record<string, unknown>> | undefined,
  name: string,
): number | undefined {
  const value = from?.[name];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
