import { figure, type Outcome } from './figure.ts';
import { ALONE, COUNTED, CASES, PINNED } from './requests-cases.ts';
import { overRounds, takeTurns, type Spread } from './turns.ts';

/** What the request middleware takes of a request: its pin, its time, and its place among routes and sides. */
export default async function measure(): Promise<Outcome> {
  const times = await takeTurns('requests', Object.keys(CASES), []);
  const over = (name: string): Spread =>
    overRounds(
      [times.of(name), times.of(ALONE)],
      (ns = Number.NaN, alone = Number.NaN) => (ns - alone) / 1_000,
    );
  return {
    figures: [
      figure('counted and pinned, over the handler alone', over(COUNTED), [
        { name: PINNED, value: over(PINNED).value },
      ]),
    ],
    missing: times.missing,
  };
}
