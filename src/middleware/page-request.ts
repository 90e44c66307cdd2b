/** The first bytes of a body; what is longer is not read on. */
export async function textOf(body: AsyncIterable<Uint8Array> | null, mostBytes: number): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > mostBytes) return '';
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Whether a browser asks for something to show: the rest is what pages ask for. */
export function asksForPage(headers: {
  readonly accept?: string | undefined;
  readonly 'sec-fetch-dest'?: unknown;
}): boolean {
  const destination = headers['sec-fetch-dest'];
  if (destination !== undefined) return destination === 'document';
  return headers.accept?.includes('text/html') === true;
}
