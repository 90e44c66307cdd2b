/**
 * A text as `like` takes it literally. Prisma's `contains` passes `%` and `_` on as wildcards, which nobody who types them into
 * a search means: both sides escape them.
 */
export function literally(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
