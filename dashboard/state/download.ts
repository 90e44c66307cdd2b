import { API } from '../../src/wire/index.ts';
import { ApiError, failureOf, headers } from './api.ts';

/**
 * Asks for a file and hands it to the browser to be kept. A plain link would not carry a pasted token.
 *
 * @param path below `/api/v1`
 * @throws ApiError
 */
export async function download(path: string, name: string): Promise<void> {
  const response = await fetch(API + path, { headers: headers() }).catch(() => {
    throw new ApiError(0, { code: 'UNREACHED', message: 'the server was not reached', hint: null });
  });
  if (!response.ok) throw await failureOf(response);
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
