export type Peer = { readonly name: string; readonly value: number };

/** One measured figure beside those that were measured in the same run. */
export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The limit; a figure without one only informs. */
  readonly budget: number | null;
  readonly holds: boolean;
  readonly peers: readonly Peer[];
};

export type Measured = Pick<Figure, 'name' | 'value' | 'peers'>;

/** @param name as in `bench/budgets.ts`, where its unit and its limit are */
export function figure(name: string, value: number, peers: readonly Peer[] = []): Measured {
  return { name, value, peers };
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
