/** A time as a text that a database or a driver writes. */
export type Moment = {
  /** Since 1970, whole milliseconds. Without a zone it is read as UTC. */
  readonly ms: number;
  readonly hasZone: boolean;
  /** Digits below the second. */
  readonly digits: string;
};

const STAMP =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/;

/** `2026-03-01T10:00:00.000Z`, `2026-03-01 10:00:00+01`, `2026-03-01`; `undefined` for any other text. */
export function momentOf(text: string): Moment | undefined {
  const match = STAMP.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', digits = '', zone] = match;
  const at = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(digits.slice(0, 3).padEnd(3, '0')),
  );
  return Number.isNaN(at) ? undefined : { ms: at - offsetMs(zone), hasZone: zone !== undefined, digits };
}

function offsetMs(zone: string | undefined): number {
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone ?? '');
  if (match === null) return 0;
  const [, sign, hours, minutes = '0'] = match;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

const QUARTER_MS = 900_000;
/** The widest offsets from UTC are -12 and +14 hours. */
const WIDEST_OFFSET_MS = 14 * 3_600_000;

/** The offset by which two times are apart, when that is one a time zone can have: `+02:00`. */
export function zoneBetween(one: number, other: number): string | undefined {
  const apart = other - one;
  if (apart === 0 || apart % QUARTER_MS !== 0 || Math.abs(apart) > WIDEST_OFFSET_MS) return undefined;
  const minutes = Math.abs(apart) / 60_000;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${apart < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Whether one of two times is the other without its digits below the second, or without some of them. */
export function isCut(one: number, other: number): boolean {
  return [1_000, 100, 10].some((unit) => {
    const down = (ms: number): number => Math.floor(ms / unit) * unit;
    const near = (ms: number): number => Math.round(ms / unit) * unit;
    return [down, near].some((cut) => cut(one) === other || cut(other) === one);
  });
}
