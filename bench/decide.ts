import { OURS, OURS_LONG, PEERS } from './decide-cases.ts';
import { figure, type Outcome } from './figure.ts';
import { overRounds, takeTurns } from './turns.ts';

/** Who of ten percent of all users is on the candidate: ours and the local evaluation of flag services. */
export default async function measure(): Promise<Outcome> {
  const times = await takeTurns('decide', [OURS, OURS_LONG], Object.keys(PEERS));
  const at = (name: string) => overRounds([times.of(name)], (ns = Number.NaN) => ns);
  const present = Object.keys(PEERS).filter((name) => times.of(name).length > 0);
  const beside = present.map((name) => ({ name, value: at(name).value }));
  return {
    figures: [
      figure('exposure decision', at(OURS), beside),
      figure('exposure decision, keys of 36 characters', at(OURS_LONG)),
    ],
    missing: times.missing,
  };
}
