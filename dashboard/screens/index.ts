import { Approvals } from './approvals.tsx';
import { Audit } from './audit.tsx';
import { Data } from './data.tsx';
import { Drills } from './drills.tsx';
import { Mismatches } from './mismatches.tsx';
import { Overview } from './overview.tsx';
import { Phase } from './phase.tsx';
import { PlanScreen } from './plan.tsx';
import { Report } from './report.tsx';
import { Repository } from './repository.tsx';
import { Schema } from './schema.tsx';
import type { Screen } from './screen.ts';

export const SCREENS: readonly Screen[] = [
  { path: '', title: 'Overview', key: 'o', view: Overview },
  { path: 'phases', title: 'Decision', key: 'd', view: Phase },
  { path: 'repositories', title: 'Repositories', key: 'r', view: Repository },
  { path: 'mismatches', title: 'Mismatches', key: 'm', view: Mismatches },
  { path: 'data', title: 'Data', key: 'v', view: Data },
  { path: 'schema', title: 'Schema', key: 's', view: Schema },
  { path: 'approvals', title: 'Approvals', key: 'p', view: Approvals },
  { path: 'drills', title: 'Drills and backups', key: 'b', view: Drills },
  { path: 'audit', title: 'Audit', key: 'a', view: Audit },
  { path: 'plan', title: 'Plan', key: 'l', view: PlanScreen },
  { path: 'report', title: 'Report', key: 't', view: Report },
];
