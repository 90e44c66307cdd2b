import { bad, type Check, ok } from './check.ts';

/** Connections that one instance may hold, how many instances there are, and what the database's server allows. */
export type Pool = { readonly size: number; readonly instances: number; readonly serverLimit: number };

/** Kept free for people and for other programs: a tenth of the server's limit, and never fewer than this. */
const LEAST_RESERVE = 3;
const NAME = 'connections';

export function checkPool({ size, instances, serverLimit }: Pool): Check {
  const reserve = Math.max(LEAST_RESERVE, Math.ceil(serverLimit / 10));
  const usable = Math.max(0, serverLimit - reserve);
  const sum = `${size} × ${instances} = ${size * instances}`;
  const limit = `${usable} (the server's ${serverLimit} less ${reserve} kept free)`;
  if (size * instances <= usable) return ok(NAME, `${sum} of ${limit}`);
  const fitting = Math.floor(usable / instances);
  return bad(
    NAME,
    `${sum} is above ${limit}`,
    fitting >= 1
      ? `at most ${fitting} an instance, both implementations together, or a higher limit of the server`
      : 'fewer instances, a pooler before the server, or a higher limit of the server',
  );
}
