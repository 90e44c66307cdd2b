export { fromServer, type ServerOptions } from './server.ts';
export {
  serverlessSource,
  type Invocation,
  type ServerlessOptions,
  type ServerlessSource,
} from './source.ts';
