import { CutoverError, parseDuration, parseQuantity, suggest } from '../kernel/index.ts';

/** Something that happens to the candidate, or to what is known of it, from one time of the plan to another. */
export type Disturbance = {
  /** Milliseconds since the first run of the simulation began. */
  readonly from: number;
  readonly until: number;
} & (
  | { readonly kind: 'slower'; readonly by: number }
  | { readonly kind: 'errors'; readonly rate: number }
  | { readonly kind: 'leak'; readonly bytesPerHour: number }
  | { readonly kind: 'new-error' }
  | { readonly kind: 'complaints'; readonly count: number }
  /** Nothing is heard of any instance. */
  | { readonly kind: 'outage' }
);

/** What a simulation is told about the world. */
export type Scenario = {
  readonly disturbances: readonly Disturbance[];
  /** Calls a second of each environment, both sides together. */
  readonly callsPerSecond: number;
  readonly instances: number;
  /** What the world's clocks show when the first run begins, milliseconds since 1970. @default 0 */
  readonly startAt?: number;
  /** Date of day 1 of the plan. @default the day of `startAt` in the plan's time zone */
  readonly dayOne?: string;
  /** How long a person takes to answer, milliseconds; `null` is a person who never does. */
  readonly operatorMs: number | null;
};

const FORMS: Readonly<Record<Disturbance['kind'], string>> = {
  slower: 'slower=12%@2d',
  errors: 'errors=1%@3d',
  leak: 'leak=12MB/h@1d',
  'new-error': 'new-error@1d',
  complaints: 'complaints=6@2d',
  outage: 'outage@1d..30h',
};

/**
 * One disturbance as a person types it: `slower=12%`, `errors=1%@3d`, `leak=12MB/h@1d..2d`, `outage@5h..7h`. Without a
 * time it holds from the beginning; without an end, to the end.
 *
 * @throws CutoverError `USAGE` with the form that was probably meant
 */
export function parseDisturbance(text: string): Disturbance {
  const [, kind = '', amount, from = '0s', until] =
    /^([a-z-]+)(?:=([^@]+))?(?:@([^.]+?)(?:\.\.(.+))?)?$/.exec(text.trim()) ?? [];
  if (!isKind(kind)) throw unknownKind(text, kind);
  const span = {
    from: parseDuration(from),
    until: until === undefined ? Number.POSITIVE_INFINITY : parseDuration(until),
  };
  if (span.until <= span.from) throw wrong(text, kind, 'ends before it begins');
  if (kind === 'new-error' || kind === 'outage') {
    if (amount !== undefined) throw wrong(text, kind, 'takes no amount');
    return { kind, ...span };
  }
  const value = amount === undefined ? Number.NaN : parseQuantity(amount);
  if (!(value >= 0)) throw wrong(text, kind, 'needs an amount');
  switch (kind) {
    case 'slower':
      return { kind, by: value, ...span };
    case 'errors':
      if (value > 1) throw wrong(text, kind, 'is a share of calls, at most 100%');
      return { kind, rate: value, ...span };
    case 'leak':
      return { kind, bytesPerHour: value, ...span };
    case 'complaints':
      return { kind, count: Math.round(value), ...span };
  }
}

function isKind(text: string): text is Disturbance['kind'] {
  return Object.hasOwn(FORMS, text);
}

function unknownKind(text: string, kind: string): CutoverError {
  const near = suggest(kind, Object.keys(FORMS));
  return new CutoverError('USAGE', `--with ${text}: nothing is known that is called so`, {
    hint:
      near === undefined || !isKind(near)
        ? `one of ${Object.values(FORMS).join(', ')}`
        : `write ${FORMS[near]}`,
  });
}

function wrong(text: string, kind: Disturbance['kind'], why: string): CutoverError {
  return new CutoverError('USAGE', `--with ${text}: it ${why}`, { hint: `write ${FORMS[kind]}` });
}

/** The next time after `now` at which anything begins or ends. */
export function nextChange({ disturbances }: Scenario, now: number): number {
  const times = disturbances.flatMap(({ from, until }) => [from, until]);
  return Math.min(Number.POSITIVE_INFINITY, ...times.filter((time) => time > now));
}

/** The disturbances that are on. */
export function activeAt({ disturbances }: Scenario, now: number): readonly Disturbance[] {
  return disturbances.filter(({ from, until }) => from <= now && now < until);
}
