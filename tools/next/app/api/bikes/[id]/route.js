import { withCutover } from 'cutover/next';
import { shop } from '../../../shop.js';

const made = {};

/** @param {Request} request @param {{ params: Promise<{ id: string }> }} context */
export function GET(request, context) {
  const { cutover, users } = shop();
  made.handler ??= withCutover(
    cutover,
    async (_request, { params }) => {
      const { id } = await params;
      if (id === 'broken') throw new Error('broken');
      return Response.json({ id, side: await users.side() });
    },
    { route: '/api/bikes/[id]', key: (one) => one.headers.get('x-user') ?? undefined },
  );
  return made.handler(request, context);
}
