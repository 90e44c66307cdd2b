import { shop } from '../shop.js';

/** @param {Request} request */
export function GET(request) {
  return shop().beacon.handle(request);
}
