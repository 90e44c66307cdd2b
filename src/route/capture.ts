/** A wish that travels with the routing state: one instance is asked to keep a picture of its memory. */
export type Capture = {
  /** Differs for each wish of a stream. */
  readonly id: string;
  readonly instance: string;
};

/** How an instance answers a wish. */
export type CaptureAnswer =
  | { readonly id: string; readonly ok: false; readonly problem: string }
  | {
      readonly id: string;
      readonly ok: true;
      readonly path: string;
      readonly bytes: number;
      readonly sha256: string;
      /** How long the process stood still for it, milliseconds. */
      readonly stalledMs: number;
    };

/** A stored wish; `undefined` for what is none. */
export function parseCapture(json: unknown): Capture | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { id, instance } = json as Readonly<Record<string, unknown>>;
  return typeof id === 'string' && typeof instance === 'string' ? { id, instance } : undefined;
}

/** A reported answer; `undefined` for what is none. */
export function parseCaptureAnswer(json: unknown): CaptureAnswer | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { id, ok, problem, path, bytes, sha256, stalledMs } = json as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string') return undefined;
  const isWhole = typeof path === 'string' && typeof bytes === 'number' && typeof sha256 === 'string';
  if (ok === true && isWhole)
    return { id, ok, path, bytes, sha256, stalledMs: typeof stalledMs === 'number' ? stalledMs : 0 };
  return { id, ok: false, problem: typeof problem === 'string' ? problem : 'it gave no reason' };
}
