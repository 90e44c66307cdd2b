import type { Route } from '../route.ts';
import { ACCESS } from './access.ts';
import { INSTANCE } from './instance.ts';
import { OPERATIONS } from './operations.ts';
import { PAST } from './past.ts';
import { STANDING } from './standing.ts';
import { STREAM } from './stream.ts';

/** Every route below `/api/v1`, but for the document that is made from them. */
export const ROUTES: readonly Route[] = [
  ...STANDING,
  ...PAST,
  ...STREAM,
  ...OPERATIONS,
  ...INSTANCE,
  ...ACCESS,
];
