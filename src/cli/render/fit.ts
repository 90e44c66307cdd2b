/** A section of a screen in versions, the fullest first. An empty version leaves the section out. */
export type Section = readonly [full: readonly string[], ...shorter: (readonly string[])[]];

/**
 * Sections as one text of at most `rows` lines if that can be had: while it is too long, the next section in `order`
 * gives way to its next version. What is still too long is the caller's to cut.
 *
 * @param order indexes of sections, in the order in which they give way; one named twice does so twice
 * @param rows `null` is no limit
 */
export function fit(sections: readonly Section[], order: readonly number[], rows: number | null): string {
  const versions = sections.map(() => 0);
  const chosen = (): readonly (readonly string[])[] =>
    sections
      .map((section, index) => section[Math.min(versions[index] ?? 0, section.length - 1)] ?? [])
      .filter((lines) => lines.length > 0);
  const height = (): number => chosen().reduce((sum, lines) => sum + lines.length + 1, -1);
  for (const index of order) {
    if (rows === null || height() <= rows) break;
    versions[index] = (versions[index] ?? 0) + 1;
  }
  return chosen()
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}
