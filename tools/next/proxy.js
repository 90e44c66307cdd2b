import { NextResponse } from 'next/server';
import { shop } from './app/shop.js';

/** @param {Request} request */
export async function proxy(request) {
  const response = NextResponse.next();
  const timing = await shop().beacon.serverTiming(request.headers.get('x-user') ?? undefined);
  if (timing !== undefined) response.headers.append('server-timing', timing);
  return response;
}

export const config = { matcher: '/' };
