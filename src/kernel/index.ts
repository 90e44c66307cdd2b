export { assertNever, CutoverError, describeError, type ErrorCode } from './errors.ts';
export { systemClock, type Clock } from './clock.ts';
export { seededRandom, systemRandom, type Random } from './random.ts';
export { canonicalJson, type Json } from './json.ts';
export { formatDuration, parseDuration, type Duration } from './duration.ts';
export { parseQuantity, type Quantity } from './quantity.ts';
export { murmur3, murmur3After, murmur3Begin } from './murmur.ts';
export { suggest } from './suggest.ts';
