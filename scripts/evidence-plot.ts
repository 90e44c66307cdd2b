// Draws the picture of docs/guide/gates.md: `node scripts/evidence-plot.ts`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evidencePlot } from '../bench/evidence-plot.ts';

writeFileSync(join(import.meta.dirname, '../docs/guide/evidence.svg'), evidencePlot());
