import { signal } from '@preact/signals';

/** Wall clock, milliseconds, once a second: whatever shows an age reads it. */
export const now = signal(Date.now());

setInterval(() => (now.value = Date.now()), 1_000);
