import { API } from '../../src/wire/index.ts';
import { ApiError, failureOf, headers, MOST_WAIT_MS, unreached } from './api.ts';

/**
 * Asks for a file and hands it to the browser to be kept. A plain link would not carry a pasted token. It may take long, but
 * not stand still.
 *
 * @param path below `/api/v1`
 * @throws ApiError
 */
export async function download(path: string, name: string): Promise<void> {
  const late = new AbortController();
  const watch = (): ReturnType<typeof setTimeout> => setTimeout(() => late.abort(), MOST_WAIT_MS);
  let timer = watch();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  try {
    const response = await fetch(API + path, { headers: headers(), signal: late.signal });
    if (!response.ok) throw await failureOf(response);
    const body = response.body?.getReader();
    for (let piece = await body?.read(); piece?.done === false; piece = await body?.read()) {
      parts.push(piece.value);
      clearTimeout(timer);
      timer = watch();
    }
  } catch (cause) {
    throw cause instanceof ApiError ? cause : unreached(late.signal.aborted ? MOST_WAIT_MS : null);
  } finally {
    clearTimeout(timer);
  }
  const address = URL.createObjectURL(new Blob(parts));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
