import { styleText } from 'node:util';
import { renderStatus } from '../../../src/cli/render/status.ts';
import { wrap } from '../../../src/cli/render/text.ts';
import { paintFor } from '../../../src/cli/paint.ts';
import type { StatusDocument } from '../../../src/report/index.ts';
import type { LoadStats } from '../load/generator.ts';

const ALTERNATE = '\u001B[?1049h\u001B[?25l';
const NORMAL = '\u001B[?25h\u001B[?1049l';
const HOME = '\u001B[H';
const CLEAR_LINE = '\u001B[K';
const CLEAR_BELOW = '\u001B[J';

/** What the demonstration shows: on a terminal a screen that is drawn again, elsewhere a line for what happens. */
export interface Screen {
  /** Where the pages are; shown for as long as there is a screen. */
  link(url: string): void;
  /** What happens now in the story. */
  say(text: string): void;
  /** A line of the command line. */
  line(text: string): void;
  draw(status: StatusDocument, load: LoadStats): void;
  close(): void;
}

export function openScreen(onTerminal: boolean): Screen {
  return onTerminal ? new TerminalScreen() : lineScreen();
}

function lineScreen(): Screen {
  return {
    link: (url) => process.stderr.write(`\n${LINK} ${url}\n`),
    say: (text) => process.stderr.write(`\n${text}\n`),
    line: (text) => process.stderr.write(`  ${text}\n`),
    draw: () => {},
    close: () => {},
  };
}

const LINK = 'Pages:';
const SHOWN_LINES = 6;
const STORY_LINES = 2;

class TerminalScreen implements Screen {
  readonly #lines: string[] = [];
  #story = '';
  #link = '';

  constructor() {
    process.stdout.write(ALTERNATE);
  }

  link(url: string): void {
    this.#link = `${LINK} ${url}`;
  }

  say(text: string): void {
    this.#story = text;
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  draw(status: StatusDocument, load: LoadStats): void {
    const width = Math.min(100, Math.max(60, process.stdout.columns));
    const rows = Math.max(10, process.stdout.rows - 1);
    const story = wrap(this.#story, width);
    const above = [
      styleText(['bold', 'inverse'], ` cutover ${status.migration} `),
      this.#link,
      ...Array.from({ length: STORY_LINES }, (_, index) => styleText('bold', story[index] ?? '')),
      styleText('dim', trafficLine(load)),
      '',
    ];
    const below = renderStatus(
      status,
      this.#lines.slice(-SHOWN_LINES),
      width,
      paintFor(process.stdout),
      rows - above.length,
    );
    const frame = [...above, ...below.split('\n')].slice(0, rows);
    process.stdout.write(HOME + frame.map((row) => row + CLEAR_LINE).join('\n') + CLEAR_BELOW);
  }

  close(): void {
    process.stdout.write(NORMAL);
  }
}

function trafficLine({ sent, failed, injected, p95 }: LoadStats): string {
  return `${sent.toLocaleString('en-US')} requests, ${failed} failed by the tool, ${injected} by the injected fault, p95 ${p95.toFixed(0)}ms`;
}
