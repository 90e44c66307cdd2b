import { z } from 'zod';
import { csvLine, CSV_HEAD } from '../answers/event-csv.ts';
import { shownEvent } from '../answers/event.ts';
import type { Store, StoredEvent } from '../../store/index.ts';
import { NO_QUERY, reading, type Route } from '../route.ts';

const verify = reading({
  name: 'verifyLog',
  path: '/log/verify',
  permission: 'read',
  summary:
    'Whether the log is whole: no event changed, removed, put in between or cut off, and the routing state what it leads to. Reads all of it.',
  query: NO_QUERY,
  answer: z.object({
    schema: z.literal('cutover.log-verification/1'),
    stream: z.string(),
    ok: z.boolean(),
    events: z.number().meta({ description: 'the sequence up to which it was read' }),
    head: z.string(),
    problems: z.array(z.object({ code: z.string(), what: z.string() })),
    at: z.number(),
  }),
  handle: ({ world: { logChecks }, subject: { stream } }) => logChecks.of(stream),
});

/** So many events are in memory at a time. */
const PAGE = 200;

const exported = reading({
  name: 'exportLog',
  path: '/log/export',
  permission: 'read',
  summary: 'The log as a file, oldest first: every event with the hashes that prove it.',
  query: z.strictObject({
    format: z.enum(['json', 'csv']).default('json'),
    after: z.coerce.number().int().min(0).default(0),
  }),
  answer: null,
  media: ['application/json', 'text/csv'],
  async handle({ world: { store }, subject: { stream }, query: { format, after } }) {
    const end = (await store.head(stream))?.seq ?? 0;
    const pieces =
      format === 'csv' ? csvPieces(store, stream, after, end) : jsonPieces(store, stream, after, end);
    const name = `${stream.replace('/', '-')}-log.${format}`;
    return new Response(streamOf(pieces), {
      headers: {
        'content-type': format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json',
        'content-disposition': `attachment; filename="${name}"`,
      },
    });
  },
});

/** Pulled as the reader takes it: a slow one holds a page, and one that leaves ends it. */
function streamOf(pieces: AsyncGenerator<string, void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await pieces.return();
    },
  });
}

/** What was appended since the file was begun is not in it. */
async function* pagesOf(
  store: Store,
  stream: string,
  after: number,
  end: number,
): AsyncGenerator<readonly StoredEvent[], void> {
  for (let at = after; at < end;) {
    const page = await store.read(stream, at, Math.min(PAGE, end - at));
    if (page.length === 0) return;
    yield page;
    at = page.at(-1)?.seq ?? end;
  }
}

async function* csvPieces(store: Store, stream: string, after: number, end: number) {
  yield CSV_HEAD;
  for await (const page of pagesOf(store, stream, after, end)) yield page.map(csvLine).join('');
}

async function* jsonPieces(store: Store, stream: string, after: number, end: number) {
  yield `{"schema":"cutover.log-export/1","stream":${JSON.stringify(stream)},"events":[`;
  let separator = '\n';
  for await (const page of pagesOf(store, stream, after, end)) {
    yield separator + page.map((event) => JSON.stringify(shownEvent(event))).join(',\n');
    separator = ',\n';
  }
  yield '\n]}\n';
}

export const LOG_FILE: readonly Route[] = [verify, exported];
