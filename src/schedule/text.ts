import { dateText, formatDuration, localTime, weekdayOf } from '../kernel/index.ts';
import type { Cause, HoldBack } from './hold-back.ts';

const WEEK_DAYS = 6;

/** `the window "low traffic" opens Tue 02:00 Europe/Rome, in 5h`. @param now without it the "in 5h" is left out */
export function holdBackText({ causes, until }: HoldBack, now?: number): string {
  const own = causes.map((cause) => causeText(cause, now)).join('; ');
  if (until === null) return `${own}; when all of it is over is not to be seen`;
  const isOwn = causes.some((cause) => cause.until === until);
  const timeZone = causes[0]?.timeZone ?? 'UTC';
  return isOwn ? own : `${own}; all of it is over ${momentText(until, timeZone, now)}`;
}

/** `the window "low traffic"`. */
export function causeName({ kind, name }: Pick<Cause, 'kind' | 'name'>): string {
  return kind === 'day' ? `${name} of the plan` : `the ${kind} "${name}"`;
}

function causeText({ kind, name, until, timeZone }: Cause, now: number | undefined): string {
  const when = momentText(until, timeZone, now);
  const verb = { day: ' begins', window: ' opens', freeze: ' ends' }[kind];
  return `${causeName({ kind, name })}${verb} ${when}`;
}

/** `Tue 02:00 Europe/Rome`, with the date where the weekday alone could be another one, and how far away it is. */
export function momentText(at: number, timeZone: string, now?: number): string {
  const { date, minute } = localTime(at, timeZone);
  const day = weekdayOf(date);
  const isNear = now !== undefined && date - localTime(now, timeZone).date < WEEK_DAYS;
  const named = `${day[0]?.toUpperCase()}${day.slice(1)}${isNear ? '' : ` ${dateText(date)}`}`;
  const left = now === undefined ? '' : `, in ${formatDuration(Math.max(0, at - now))}`;
  return `${named} ${timeOfDay(minute)} ${timeZone}${left}`;
}

function timeOfDay(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
