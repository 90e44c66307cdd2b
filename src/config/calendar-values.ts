import { z } from 'zod';
import { dateNumber, isTimeZone, WEEKDAYS } from '../kernel/index.ts';
import { show } from './problem.ts';

/** More days than this are a slip: ten years. */
const MOST_DAYS = 3_660;

export const date = z.string().refine((text) => dateNumber(text) !== undefined, {
  error: ({ input }) => `${show(input)} is not a date: write 2026-12-24`,
});

export const timeZone = z.string().refine(isTimeZone, {
  error: ({ input }) => `${show(input)} is not a time zone: write an IANA name such as Europe/Rome or UTC`,
});

export const weekdays = z
  .array(z.enum(WEEKDAYS))
  .min(1)
  .refine((list) => new Set(list).size === list.length, { error: 'names a day twice' });

/** Minutes of the day, 0..1440. */
export const timeOfDay = z.string().transform((written, context) => {
  const [, hour = '', minute = ''] = /^(\d\d):([0-5]\d)$/.exec(written) ?? [];
  const minutes = Number(hour) * 60 + Number(minute);
  if (hour !== '' && minutes <= 1_440) return minutes;
  context.addIssue(`${show(written)} is not a time of the day: write 02:00, at most 24:00`);
  return z.NEVER;
});

/** A day of the plan, or of a week of it: how long a week is, the schedule says. */
export type DayForm = { readonly week: number | null; readonly day: number };

export const planDay = z.union([z.number(), z.string()]).transform((written, context): DayForm => {
  const form = typeof written === 'number' ? { week: null, day: written } : weekForm(written);
  if (form !== undefined && isDay(form)) return form;
  context.addIssue(`${show(written)} is not a day from 1 to ${MOST_DAYS}: write 8, or "week 2, day 4"`);
  return z.NEVER;
});

function isDay({ week, day }: DayForm): boolean {
  const before = week === null ? 0 : (week - 1) * 7;
  return Number.isInteger(day) && day >= 1 && before >= 0 && before + day <= MOST_DAYS;
}

function weekForm(text: string): DayForm | undefined {
  const [, week = '', day = ''] = /^\s*week\s+(\d+)\s*,\s*day\s+(\d+)\s*$/i.exec(text) ?? [];
  return day === '' ? undefined : { week: Number(week), day: Number(day) };
}

/** Days, or a share of the day that it belongs to. */
export type Slack = { readonly days: number } | { readonly share: number };

export const slack = z.union([z.number(), z.string()]).transform((written, context): Slack => {
  if (typeof written === 'number' && Number.isInteger(written) && written >= 0 && written <= MOST_DAYS)
    return { days: written };
  const percent = typeof written === 'string' ? /^(\d+(?:\.\d+)?) ?%$/.exec(written)?.[1] : undefined;
  if (percent !== undefined && Number(percent) <= 1_000) return { share: Number(percent) / 100 };
  context.addIssue(`${show(written)} is neither a number of days nor a share of the day: write 2, or "20%"`);
  return z.NEVER;
});
