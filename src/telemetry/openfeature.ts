export { cutoverProvider } from './openfeature-provider.ts';
export { exposureFrom, type ExposureFromOptions, type FlagClient } from './openfeature-source.ts';
