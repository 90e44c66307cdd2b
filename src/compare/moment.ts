/** A time as a text that a database or a driver writes. */
export type Moment = {
  /** Since 1970, whole milliseconds. Without a zone it is read as UTC. */
  readonly ms: number;
  /** Digits below the millisecond, without zeros at the end. */
  readonly rest: string;
};

const STAMP =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:(?<=:\d\d:\d\d)\.(\d{1,9}))?\s?(?:Z|([+-]\d\d)(?::?(\d\d))?)?)?$/;

/** `2026-03-01T10:00:00.000Z`, `2026-03-01 10:00:00+01`, `2026-03-01`; `undefined` for any other text. */
export function momentOf(text: string): Moment | undefined {
  const match = STAMP.exec(text);
  if (match === null) return undefined;
  const [, day, clock = '00:00', digits = '', hours = '+00', minutes = '00'] = match;
  const ms = Date.parse(`${day}T${clock}${hours}:${minutes}`) + Number(digits.slice(0, 3).padEnd(3, '0'));
  return Number.isNaN(ms) ? undefined : { ms, rest: digits.slice(3).replace(/0+$/, '') };
}

/** Whether one of two times is the other without its digits below the second, or without some of them. */
export function isCut(one: number, other: number): boolean {
  return [1_000, 100, 10].some((unit) =>
    [Math.floor, Math.round].some((to) => to(one / unit) * unit === other || to(other / unit) * unit === one),
  );
}
