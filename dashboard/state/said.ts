import { effect, signal } from '@preact/signals';
import { route } from './router.ts';

/** What was done last, for whoever did it. It stays until they put it away, do something else or go elsewhere. */
export const said = signal<string | null>(null);

effect(() => {
  void route.value;
  said.value = null;
});
