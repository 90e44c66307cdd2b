export {
  serverlessSource,
  type Invocation,
  type ServerlessOptions,
  type ServerlessSource,
} from './source.ts';
