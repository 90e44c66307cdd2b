import type { Paint } from '../paint.ts';

/** A heading of a section. */
export function heading(text: string, paint: Paint): string {
  return paint('strong', text);
}

/** @param value percent; `null` is a flag without a value */
export function percent(value: number | null): string {
  return value === null ? 'unset' : `${Number(value.toFixed(value < 10 ? 2 : 1))} %`;
}

/** `1 instance`, `2 instances`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A text that is cut to fit ends with an ellipsis, so that nobody takes it for the whole. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** A text in lines of at most `width`, broken between words. */
export function wrap(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length > width - indent.length && line !== '') {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, indent + line];
}
