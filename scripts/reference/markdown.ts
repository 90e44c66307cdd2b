/** Text as a cell of a table shows it: `<name>` is no tag, a `|` ends no cell. What is in backticks stays as it is. */
export function cell(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '\\<')))
    .join('')
    .replaceAll('|', '\\|');
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map((row) => line(row.map(cell)))].join('\n');
}

/** The page with a line that says where it comes from. */
export function page(title: string, from: string, parts: readonly string[]): string {
  const note = `<!-- Made from ${from} by \`npm run reference\`. Change it there. -->`;
  return `${[`# ${title}`, note, ...parts].join('\n\n')}\n`;
}
