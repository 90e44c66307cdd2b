import { CutoverError } from './errors.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** What a clock on the wall of a place shows. */
export type LocalTime = {
  /** Number of the date, see `dateNumber`. */
  readonly date: number;
  /** Minute of the day as shown, 0..1439. */
  readonly minute: number;
};

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether this runtime has rules for an IANA time zone: `Europe/Rome`, `UTC`. A bare offset has no rules. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** @param at milliseconds since 1970-01-01 UTC */
export function localTime(at: number, timeZone: string): LocalTime {
  const shown = shownAt(at, timeZone);
  const date = Math.floor(shown / DAY_MS);
  return { date, minute: Math.floor((shown - date * DAY_MS) / MINUTE_MS) };
}

/**
 * The first moment at which the clocks of a place show a time of a date. A time that is left out when clocks go forward
 * is the moment at which they do; of a time that comes twice when they go back, it is the first.
 *
 * @param minute of the day, 0..1440
 */
export function instantOf(date: number, minute: number, timeZone: string): number {
  const wanted = date * DAY_MS + minute * MINUTE_MS;
  const offsets = [wanted - DAY_MS, wanted + DAY_MS].map((at) => shownAt(at, timeZone) - at);
  const candidates = offsets.map((offset) => wanted - offset).toSorted((a, b) => a - b);
  const shown = candidates.find((at) => shownAt(at, timeZone) === wanted);
  if (shown !== undefined) return shown;
  const [before = wanted, after = wanted] = candidates;
  return firstShowing(wanted, before, after, timeZone);
}

/** Between two moments of which only the later one shows `wanted` or more. */
function firstShowing(wanted: number, before: number, after: number, timeZone: string): number {
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (shownAt(middle, timeZone) >= wanted) high = middle;
    else low = middle;
  }
  return high;
}

/** What the clocks show, as if they showed UTC. Whole seconds. */
function shownAt(at: number, timeZone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = makeFormat(timeZone);
  formats.set(timeZone, format);
  return format;
}

/** A plan was checked where it was written; where it runs, the runtime may have older rules. */
function makeFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    throw new CutoverError('CONFIG_INVALID', `this runtime has no time zone ${JSON.stringify(timeZone)}`, {
      hint: 'write an IANA name such as Europe/Rome or UTC',
      cause,
    });
  }
}
