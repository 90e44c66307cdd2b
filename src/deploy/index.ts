export { callHttp } from './http.ts';
export { runCommand } from './process.ts';
export { askSql } from './sql.ts';
