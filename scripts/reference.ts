// Writes the pages of docs/reference that are made from code: `npm run reference`. `test/reference.test.ts` compares them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../src/cli/commands/index.ts';
import { commandsPage } from './reference/commands-page.ts';
import { configurationPage } from './reference/configuration-page.ts';
import { readPlanInput } from './reference/plan-input.ts';

const ROOT = join(import.meta.dirname, '..');

/** Text by path from the root. */
export function referencePages(): Readonly<Record<string, string>> {
  return {
    'docs/reference/commands.md': commandsPage(COMMANDS),
    'docs/reference/configuration.md': configurationPage(readPlanInput(ROOT)),
  };
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of Object.entries(referencePages())) {
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
}
