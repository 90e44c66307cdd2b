export { callHttp } from './http.ts';
export { checkDatabase, readDatabase } from './database/read.ts';
export { askMeasure } from './measure/ask.ts';
export { askProbe } from './probe.ts';
export { keptOutcome } from './outcome.ts';
export { runCommand } from './process.ts';
export { measureSize } from './size.ts';
export { askSql } from './sql.ts';
