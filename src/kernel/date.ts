const DAY_MS = 86_400_000;

/** Days of the week as plans write them, Monday first. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export type Weekday = (typeof WEEKDAYS)[number];

/** The number of a date `2026-11-24`, counted from 1970-01-01; `undefined` for what is not one, such as 30 February. */
export function dateNumber(text: string): number | undefined {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  const number = Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS;
  return year !== '' && Number.isInteger(number) && dateText(number) === text ? number : undefined;
}

/** `2026-11-24` of a date's number. */
export function dateText(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

/** 1970-01-01 was a Thursday. */
export function weekdayOf(number: number): Weekday {
  return WEEKDAYS[(((number + 3) % 7) + 7) % 7] ?? 'mon';
}
