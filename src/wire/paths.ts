/** Where the first version of the interface begins. A second one would stand beside it. */
export const API = '/api/v1';

/** What an instance asks a server for, or tells it, below its migration and environment. */
export type InstanceCall = 'routing' | 'routing/stream' | 'report' | 'leave' | 'flag';

/** The address of an instance's call. @param server `https://cutover.example`, with or without a path */
export function instanceUrl(
  server: string,
  migration: string,
  environment: string,
  call: InstanceCall,
): string {
  const parts = ['migrations', migration, environment].map(encodeURIComponent).join('/');
  return `${server.replace(/\/+$/, '')}${API}/${parts}/${call}`;
}
