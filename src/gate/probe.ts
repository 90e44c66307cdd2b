/** One request of a probe. */
export type ProbeSample = {
  /** Monotonic milliseconds of its end. */
  readonly at: number;
  readonly ok: boolean;
  readonly ms: number;
  /** What was wrong; `null` when nothing was. */
  readonly said: string | null;
};

/** What is known of a probe. */
export type ProbeSamples = {
  readonly samples: readonly ProbeSample[];
  /** How far behind its own rhythm the newest is, milliseconds; 0 while it keeps it. */
  readonly lateMs: number;
};

const NONE: ProbeSamples = { samples: [], lateMs: 0 };

/** Share of failures since `from`, or the percentile of the times of what succeeded. */
export function measureProbe(
  { samples }: ProbeSamples = NONE,
  from: number,
  quantile: number | null,
): { readonly value: number | null; readonly samples: number; readonly said?: string } {
  const recent = samples.filter(({ at }) => at >= from);
  if (quantile !== null) {
    const times = recent.flatMap(({ ok, ms }) => (ok ? [ms] : [])).toSorted((a, b) => a - b);
    const index = Math.min(times.length - 1, Math.ceil((times.length * quantile) / 100) - 1);
    return { value: times[Math.max(0, index)] ?? null, samples: times.length };
  }
  const failed = recent.filter(({ ok }) => !ok);
  const said = failed.at(-1)?.said ?? null;
  const value = recent.length === 0 ? null : failed.length / recent.length;
  return { value, samples: recent.length, ...(said === null ? {} : { said }) };
}
