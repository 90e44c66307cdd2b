import type { ComponentType } from 'preact';
import type { Place } from '../state/router.ts';

export type ScreenProps = {
  readonly place: Place;
  /** What stands behind the path: a phase, a repository. */
  readonly rest: string;
};

/** A screen as data: its address below the place, its name, and the key that leads there after `g`. */
export type Screen = {
  readonly path: string;
  readonly title: string;
  readonly key: string;
  readonly view: ComponentType<ScreenProps>;
};
