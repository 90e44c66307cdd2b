import { styleText } from 'node:util';

export type Style = 'plain' | 'strong' | 'dim' | 'good' | 'warning' | 'bad' | 'accent';

/** Colours a text, or leaves it. Colour is never the only sign: a word or a mark says the same. */
export type Paint = (style: Style, text: string) => string;

const FORMATS: Readonly<Record<Exclude<Style, 'plain'>, Parameters<typeof styleText>[0]>> = {
  strong: 'bold',
  dim: 'dim',
  good: 'green',
  warning: 'yellow',
  bad: ['bold', 'red'],
  accent: 'cyan',
};

export const noPaint: Paint = (_, text) => text;

/** What fits a stream: Node honours NO_COLOR and FORCE_COLOR, and colours only a terminal otherwise. */
export function paintFor(stream: NodeJS.WritableStream): Paint {
  return (style, text) =>
    style === 'plain' || text === '' ? text : styleText(FORMATS[style], text, { stream });
}

/** Always colours; for tests of what a terminal gets. */
export const fullPaint: Paint = (style, text) =>
  style === 'plain' ? text : styleText(FORMATS[style], text, { validateStream: false });
