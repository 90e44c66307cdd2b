/** A colour of the stylesheet as a canvas takes it, of the scheme that is shown now. */
export function colour(name: string): string {
  const known = colours.get(name);
  if (known !== undefined) return known;
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  colours.set(name, found);
  return found;
}

const colours = new Map<string, string>();
const redraws = new Set<() => void>();

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colours.clear();
  for (const redraw of redraws) redraw();
});

/** Calls back when the scheme changes, until the returned function is called. */
export function onScheme(redraw: () => void): () => void {
  redraws.add(redraw);
  return () => redraws.delete(redraw);
}
