import type { EndedRequest } from '../measure/index.ts';
import type { Served } from './meter.ts';
import type { RequestScope } from './scope.ts';

type How = EndedRequest['how'];

/**
 * Runs a handler of web requests in a pin that lives until its answer was sent: a body that is still being made when the
 * handler returns belongs to the request.
 *
 * @returns the handler's answer; rejects with what the handler throws
 */
export function answerPinned<Request>(
  scope: RequestScope<Request>,
  request: Request,
  { method, pattern }: Pick<Served, 'method' | 'pattern'>,
  handle: () => Promise<Response>,
): Promise<Response> {
  let hasBegun = false;
  return new Promise((resolve, reject) => {
    scope.pin(request, { method, pattern, hasBegun: () => hasBegun }, async (watch) => {
      try {
        const { response, sent } = watched(await handle(), method);
        hasBegun = true;
        resolve(response);
        const how = await sent;
        watch.ended(response.status >= 500 ? 'failed' : how);
      } catch (error) {
        watch.ended('failed');
        reject(error instanceof Error ? error : new Error(String(error), { cause: error }));
      }
    });
  });
}

/**
 * The same answer, and how it ended when the last of its body was read. A body of known length is there already, and that of
 * an answer to HEAD is read by nobody.
 */
function watched(
  response: Response,
  method: string,
): { readonly response: Response; readonly sent: Promise<How> } {
  const { body } = response;
  if (body === null || method === 'HEAD' || response.headers.has('content-length'))
    return { response, sent: Promise.resolve('answered') };
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  // Read from here, so that what makes the body runs in this scope and not in the server's.
  const sent = body.pipeTo(writable, { preventCancel: true }).then(
    (): How => 'answered',
    (why: unknown) => brokenOff(body, why),
  );
  return { response: new Response(readable, response), sent };
}

/** Whoever makes the body has failed, or nobody reads it any more; to cancel what has failed is to be told so. */
function brokenOff(body: ReadableStream<Uint8Array>, why: unknown): Promise<How> {
  return body.cancel(why).then(
    () => 'aborted',
    () => 'failed',
  );
}
