import { z } from 'zod';
import { fromStored, type CutoverEvent, type Run } from '../../engine/index.ts';
import { eventAbout, eventLine, lookedRows } from '../../report/index.ts';
import type { StoredEvent } from '../../store/index.ts';
import { event, shownEvent } from '../answers/event.ts';
import { row } from '../answers/status.ts';
import { lastEvents } from '../last-events.ts';
import { reading, type Route } from '../route.ts';

const MOST_EVENTS = 500;
const END = Number.MAX_SAFE_INTEGER;
const limit = z.coerce.number().int().min(1).max(MOST_EVENTS).default(100);
const name = z.string().max(100);
const seq = z.coerce.number().int().min(0);

const logDocument = z.object({
  schema: z.literal('cutover.log/1'),
  stream: z.string(),
  events: z.array(event).meta({ description: 'oldest first' }),
  head: z.object({ seq: z.number(), hash: z.string() }),
  before: z.number().nullable().meta({ description: 'where to go on backwards' }),
  after: z.number().nullable().meta({ description: 'where to go on forwards' }),
});

export type LogDocument = z.infer<typeof logDocument>;

const log = reading({
  name: 'readLog',
  path: '/log',
  permission: 'read',
  summary: 'Events of the log: with `after` forwards from there, else the last ones before `before`.',
  query: z.strictObject({
    after: seq.optional(),
    before: seq.optional(),
    limit,
    kind: name.optional().meta({ description: 'only this kind, or the ones that begin with it: `rollback`' }),
    actor: name.optional().meta({ description: 'only of this one; `cutover` is the controller' }),
    repository: name.optional().meta({ description: 'only what is about it, or about all of them' }),
    looks: z.stringbool().default(true).meta({ description: 'also looks, which are most of a log' }),
    lines: z.stringbool().default(false).meta({ description: 'only what has a line for people' }),
  }),
  answer: logDocument,
  async handle({ world: { store }, subject: { stream }, query }) {
    const end = await store.head(stream);
    const head = { seq: end?.seq ?? 0, hash: end?.hash ?? '' };
    const isWanted = (stored: StoredEvent): boolean => isAbout(stored, query);
    const answer = { schema: 'cutover.log/1', stream, head } as const;
    if (query.after !== undefined) {
      const page = await store.read(stream, query.after, query.limit);
      const last = page.at(-1)?.seq ?? query.after;
      return {
        ...answer,
        events: page.filter(isWanted).map(shownEvent),
        before: null,
        after: last < head.seq ? last : null,
      };
    }
    const before = Math.min(query.before ?? END, head.seq + 1);
    const found = await lastEvents(store, stream, { before, limit: query.limit, isWanted });
    return { ...answer, events: found.events.map(shownEvent), before: found.before, after: null };
  },
});

type Filter = {
  readonly kind?: string | undefined;
  readonly actor?: string | undefined;
  readonly repository?: string | undefined;
  readonly looks: boolean;
  readonly lines: boolean;
};

const LOOKS: ReadonlySet<string> = new Set<CutoverEvent['kind']>(['gate.looked', 'confirm.looked']);

function isAbout(stored: StoredEvent, { kind, actor, repository, looks, lines }: Filter): boolean {
  if (!looks && LOOKS.has(stored.kind)) return false;
  if (kind !== undefined && stored.kind !== kind && !stored.kind.startsWith(`${kind}.`)) return false;
  const event = fromStored(stored);
  const about = eventAbout(event);
  if (actor !== undefined && about.actor !== actor) return false;
  if (repository !== undefined && !about.repositories.some((one) => one === repository || one === '*'))
    return false;
  return !lines || eventLine(event) !== null;
}

const cell = row.extend({
  metric: z.string(),
  against: z.string(),
  measured: z.number().nullable().meta({ description: "the candidate's, in the metric's own unit" }),
  reference: z.number().nullable(),
  windowMs: z.number(),
});

const looks = reading({
  name: 'listLooks',
  path: '/looks',
  permission: 'read',
  summary:
    'Looks of the newest run: each row with value, limits, samples and window, by the plan of the run.',
  query: z.strictObject({ before: seq.optional(), limit }),
  answer: z.object({
    schema: z.literal('cutover.looks/1'),
    run: z.string().nullable(),
    looks: z.array(
      z.object({
        seq: z.number(),
        at: z.number(),
        gate: z.string(),
        verdict: z.string(),
        action: z.string().nullable(),
        rows: z.array(cell),
      }),
    ),
    before: z.number().nullable(),
  }),
  async handle({ world, subject, query }) {
    const state = await world.catalogue.state(subject);
    const { run } = state;
    const before = Math.min(query.before ?? END, state.seq + 1);
    const isWanted = ({ kind, at }: StoredEvent): boolean =>
      kind === 'gate.looked' && run !== null && at >= run.startedAt;
    const found = await lastEvents(world.store, subject.stream, { before, limit: query.limit, isWanted });
    return {
      schema: 'cutover.looks/1',
      run: run?.id ?? null,
      looks: run === null ? [] : found.events.flatMap((stored) => lookOf(stored, run)),
      before: found.before,
    };
  },
});

function lookOf(stored: StoredEvent, { plan }: Run) {
  const look = fromStored(stored);
  if (look.kind !== 'gate.looked') return [];
  const { gate, verdict, action } = look;
  const rows = [...lookedRows(plan, gate, look.rows)];
  return [{ seq: stored.seq, at: stored.at, gate, verdict, action, rows }];
}

export const PAST: readonly Route[] = [log, looks];
