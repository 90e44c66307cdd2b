export { callHttp } from './http.ts';
export { checkDatabase } from './integrity.ts';
export { runCommand } from './process.ts';
export { askSql } from './sql.ts';
