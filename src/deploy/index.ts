export { callHttp } from './http.ts';
export type { StepOutcome } from './outcome.ts';
export { runCommand } from './process.ts';
export { askSql } from './sql.ts';
