import type { RequestScope } from './scope.ts';

/**
 * Runs a handler of web requests in a pin that lives until its answer was sent: a body that is still being made when the
 * handler returns belongs to the request.
 *
 * @returns the handler's answer; rejects with what the handler throws
 */
export function answerPinned<Request>(
  scope: RequestScope<Request>,
  request: Request,
  handle: () => Promise<Response>,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    scope.pin(request, async () => {
      try {
        const { response, sent } = watched(await handle());
        resolve(response);
        await sent;
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error), { cause: error }));
      }
    });
  });
}

/** The same answer, and when the last of its body was read. A body of known length is there already. */
function watched(response: Response): { readonly response: Response; readonly sent: Promise<void> } {
  if (response.body === null || response.headers.has('content-length'))
    return { response, sent: Promise.resolve() };
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  // Read from here, so that what makes the body runs in this scope and not in the server's.
  const sent = response.body.pipeTo(writable);
  return { response: new Response(readable, response), sent };
}
