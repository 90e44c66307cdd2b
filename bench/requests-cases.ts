import { createCutover } from '../src/index.ts';
import { withCutover } from '../src/middleware/next.ts';
import { testSource } from '../src/testing/index.ts';
import type { Case } from './timing.ts';

export const ALONE = 'handler alone';
export const PINNED = 'handler in a pin';
export const COUNTED = 'handler in the middleware';

type Handler = (request: Request) => Promise<Response>;

const request = new Request('http://127.0.0.1/bikes/7', { headers: { 'x-user': 'user-7' } });
const key = (one: Request): string | undefined => one.headers.get('x-user') ?? undefined;

function asking(handler: Handler, check?: () => void): Case {
  return {
    run: async (operations) => {
      let status = 0;
      for (let n = 0; n < operations; n += 1) ({ status } = await handler(request));
      return status;
    },
    ...(check === undefined ? {} : { check }),
  };
}

/** An application that reads from one repository in each request. Its answer has no body: that of a body is the server's. */
function application() {
  const plan = { id: 'bench', repositories: { bike: {} } };
  const source = testSource({ plan });
  const cutover = createCutover(plan, { source });
  const bikes = cutover.repository('bike', {
    control: { find: async (id: number) => id },
    candidate: { find: async (id: number) => id },
    reads: ['find'],
  });
  source.expose(50, { of: 'users' });
  const handler: Handler = async () => {
    await bikes.find(7);
    return new Response(null, { status: 204 });
  };
  return { source, cutover, handler };
}

function counted(): Case {
  const { source, cutover, handler } = application();
  return asking(withCutover(cutover, handler, { key, route: '/bikes/[id]' }), () => {
    const [one, ...more] = source.collect().requests ?? [];
    if (one === undefined || more.length > 0 || one.requests === 0 || one.sides['bike'] === undefined)
      throw new Error('requests were not counted by the side that served them');
  });
}

function pinned(): Case {
  const { cutover, handler } = application();
  return asking((one) => cutover.pin({ key: key(one) ?? '' }, () => handler(one)));
}

export const CASES: Readonly<Record<string, () => Case>> = {
  [ALONE]: () => asking(application().handler),
  [PINNED]: pinned,
  [COUNTED]: counted,
};
