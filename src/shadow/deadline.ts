/** So many calls have to be known before their p95 says something; later ones are taken by so many. */
const LEAST = 32;
const NEXT = 128;

export type DeadlineOptions = {
  /** Times control's p95. */
  readonly times: number;
  /** Milliseconds. */
  readonly least: number;
  readonly most: number;
};

/** How long a shadow may take: a multiple of control's own p95, within bounds. Until that is known, the upper one. */
export type Deadline = {
  /** Milliseconds. */
  readonly ms: number;
  /** Control took so long. */
  control(ms: number): void;
};

export function deadlineOf({ times, least, most }: DeadlineOptions): Deadline {
  let recent = new Float64Array(LEAST);
  let seen = 0;
  const deadline = {
    ms: most,
    control(ms: number): void {
      recent[seen] = ms;
      seen += 1;
      if (seen < recent.length) return;
      const p95 = recent.sort()[Math.ceil(seen * 0.95) - 1] ?? 0;
      deadline.ms = Math.min(most, Math.max(least, times * p95));
      recent = new Float64Array(NEXT);
      seen = 0;
    },
  };
  return deadline;
}
