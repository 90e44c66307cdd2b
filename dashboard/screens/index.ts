import type { ComponentType } from 'preact';
import { Mismatches } from './mismatches.tsx';
import { Overview } from './overview.tsx';
import { Phase } from './phase.tsx';
import { Repository } from './repository.tsx';

/** A screen as data: its address below the place, its name, and the key that leads there after `g`. */
export type Screen = {
  readonly path: string;
  readonly title: string;
  readonly key: string;
  /** @param rest what stands behind the path: a phase, a repository */
  readonly view: ComponentType<{ readonly rest: string }>;
};

export const SCREENS: readonly Screen[] = [
  { path: '', title: 'Overview', key: 'o', view: Overview },
  { path: 'phases', title: 'Decision', key: 'd', view: Phase },
  { path: 'repositories', title: 'Repositories', key: 'r', view: Repository },
  { path: 'mismatches', title: 'Mismatches', key: 'm', view: Mismatches },
];
