import { shop } from '../shop.js';

/** @param {Request} request */
export function POST(request) {
  return shop().beacon.handle(request);
}
