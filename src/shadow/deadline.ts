/** So many calls have to be known before their p95 says something. It is found anew when they have doubled, or all changed. */
const LEAST = 32;
const KEPT = 128;

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

export function deadlineOf({
  times = 4,
  least = 100,
  most = 1_000,
}: Partial<DeadlineOptions> = {}): Deadline {
  const recent = new Float64Array(KEPT);
  let seen = 0;
  let next = LEAST;
  const deadline = {
    ms: most,
    control(ms: number): void {
      recent[seen % KEPT] = ms;
      seen += 1;
      if (seen < next) return;
      next += Math.min(seen, KEPT);
      const sorted = recent.slice(0, seen).sort();
      deadline.ms = Math.min(
        most,
        Math.max(least, times * (sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0)),
      );
    },
  };
  return deadline;
}
