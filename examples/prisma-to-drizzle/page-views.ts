/** What became of views that somebody's browser would have reported. */
export type PageViews = { stop(): Promise<{ readonly reported: number; readonly failed: number }> };

/** Loads as a browser in the shop would see them, milliseconds. */
const LOAD_MS = 400;
const SPREAD_MS = 200;

/**
 * Opens the shop's page again and again, as many people, and reports what their browsers would: that it was loaded, and that nothing
 * broke. `page.test.ts` opens it in a real browser; a rehearsal needs hundreds.
 */
export function startPageViews(targets: readonly string[], perSecond: number): PageViews {
  const open = new Set<Promise<void>>();
  let [views, reported, failed] = [0, 0, 0];
  const timer = setInterval(() => {
    const target = targets[views % targets.length] ?? '';
    views += 1;
    const done: Promise<void> = view(
      target,
      `user-${(views * 7) % 1_000}`,
      LOAD_MS + (views % 10) * (SPREAD_MS / 10),
    )
      // The first page of an hour may have no token yet: such a browser says nothing.
      .then((status) => {
        if (status === 204) reported += 1;
        else if (status !== null) failed += 1;
      })
      .catch(() => {
        failed += 1;
      })
      .finally(() => open.delete(done));
    open.add(done);
  }, 1_000 / perSecond);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      return { reported, failed };
    },
  };
}

async function view(target: string, user: string, loadMs: number): Promise<number | null> {
  const page = await fetch(`${target}/`, { headers: { 'x-user': user } });
  await page.text();
  const token = /cutover;desc="([^"]+)"/.exec(page.headers.get('server-timing') ?? '')?.[1];
  if (token === undefined) return null;
  const report = await fetch(`${target}/cutover-beacon`, {
    method: 'POST',
    headers: { origin: target },
    body: JSON.stringify({ t: token, l: loadMs, e: 0 }),
  });
  await report.body?.cancel();
  return report.status;
}
