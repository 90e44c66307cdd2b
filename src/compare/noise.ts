import type { Difference } from './diff.ts';

/** How often the candidate differed from control, and control from itself. */
type Counts = { differs: number; noise: number };
type Place = Pick<Difference, 'path' | 'kind'>;

/** Standard deviations of a 99 % interval. */
const Z = 2.576;
/** Control has to have run twice so often before a difference says anything: what differs now and then is known by then. */
const LEAST_DOUBLED = 20;
/** Places that are kept apart; a candidate that differs everywhere is not noisy. */
const MOST_PLACES = 500;

/**
 * Learns which places of an operation's answer differ from themselves: control is run twice now and then. A difference
 * is noise as long as the candidate differs there no more often than control from itself, within what so few samples
 * can say: a column that is rarely noisy does not hide a candidate that is always wrong.
 */
export class NoiseModel {
  readonly #places = new Map<string, Counts>();
  #compared = 0;
  #doubled = 0;

  /** Control ran twice, and differed from itself at these places. */
  doubled(differences: readonly Place[]): void {
    this.#doubled += 1;
    this.#count(differences, 'noise');
  }

  /** Control and candidate were compared, and differed at these places. */
  compared(differences: readonly Place[]): void {
    this.#compared += 1;
    this.#count(differences, 'differs');
  }

  /** Whether too little is known of control to say what a difference is. */
  get isLearning(): boolean {
    return this.#doubled < LEAST_DOUBLED;
  }

  isNoise(place: Place): boolean {
    const { differs, noise } = this.#at(place);
    return noise > 0 && bound(differs, this.#compared, -Z) <= bound(noise, this.#doubled, Z);
  }

  /** How often control differs from itself at a place, 0..1; `undefined` before it ran twice. */
  rate(place: Place): number | undefined {
    return this.#doubled > 0 ? this.#at(place).noise / this.#doubled : undefined;
  }

  #at(place: Place): Counts {
    return this.#places.get(nameOf(place)) ?? { differs: 0, noise: 0 };
  }

  #count(differences: readonly Place[], what: keyof Counts): void {
    if (differences.length === 0) return;
    for (const place of new Set(differences.map(nameOf))) {
      const known = this.#places.get(place) ?? { differs: 0, noise: 0 };
      known[what] += 1;
      if (this.#places.size < MOST_PLACES) this.#places.set(place, known);
    }
  }
}

/** The kind belongs to it: a time that is always another one may still not become a text. */
function nameOf({ path, kind }: Place): string {
  return `${kind} ${path}`;
}

/** A bound of Wilson's interval of a share, the lower one for a negative `z`. Without samples it may be anything. */
function bound(count: number, of: number, z: number): number {
  if (of === 0) return Math.sign(z);
  const share = count / of;
  const half = Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return (share + (z * z) / (2 * of) + z * half) / (1 + (z * z) / of);
}
