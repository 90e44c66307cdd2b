export type Peer = { readonly name: string; readonly value: number };

/** One measured figure beside those that were measured in the same run. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The limit; a figure without one only informs. */
  readonly budget: number | null;
  readonly holds: boolean;
  /** The least and the most of the rounds whose median it is; `null` when it was measured once. */
  readonly spread: readonly [from: number, to: number] | null;
  readonly peers: readonly Peer[];
};

export type Measured = Pick<Figure, 'name' | 'value' | 'spread' | 'peers'>;

/**
 * @param name as in `bench/budgets.ts`, where its unit and its limit are
 * @param measured once, or in rounds
 */
export function figure(
  name: string,
  measured: number | { readonly value: number; readonly from: number; readonly to: number },
  peers: readonly Peer[] = [],
): Measured {
  return typeof measured === 'number'
    ? { name, value: measured, spread: null, peers }
    : { name, value: measured.value, spread: [measured.from, measured.to], peers };
}

/** Peers that could not be installed, and why: their figures are missing, ours are not. */
export type Missing = { readonly name: string; readonly why: string };

export type Outcome = { readonly figures: readonly Measured[]; readonly missing: readonly Missing[] };

/** What `npm run bench -- <name> --json` prints. */
export type Document = {
  readonly name: string;
  readonly figures: readonly Figure[];
  readonly missing: readonly Missing[];
};

/** To three digits: more of them would be noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
