import type { Route } from '../route.ts';
import { ACCESS } from './access.ts';
import { CHARTS } from './charts.ts';
import { DECIDING } from './deciding.ts';
import { INSTANCE } from './instance.ts';
import { LOG_FILE } from './log-file.ts';
import { MISMATCHES } from './mismatches.ts';
import { OPERATIONS } from './operations.ts';
import { PAST } from './past.ts';
import { PLAN } from './plan.ts';
import { STANDING } from './standing.ts';
import { STREAM } from './stream.ts';
import { SUMMARY } from './summary.ts';

/** Every route below `/api/v1`, but for the document that is made from them. */
export const ROUTES: readonly Route[] = [
  ...STANDING,
  ...MISMATCHES,
  ...PLAN,
  ...PAST,
  ...CHARTS,
  ...DECIDING,
  ...LOG_FILE,
  ...SUMMARY,
  ...STREAM,
  ...OPERATIONS,
  ...INSTANCE,
  ...ACCESS,
];
