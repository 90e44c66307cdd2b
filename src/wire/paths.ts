/** Where the first version of the interface begins. A second one would stand beside it. */
export const API = '/api/v1';

/** An instance's name, percent-encoded, on whatever it sends: limits are each instance's own where it says who it is. */
export const INSTANCE_HEADER = 'x-cutover-instance';

/** What an instance counts in a second fits many times; what does not is not telemetry. Bytes. */
export const MOST_REPORT_BYTES = 1_000_000;

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
