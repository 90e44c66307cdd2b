/**
 * What runs in the page: how long it took to load, and whether an error happened in it. One report when it has settled (three
 * seconds after it was loaded, or when it is hidden before), and one more for a first error after that. It sends numbers and
 * the token that came with the document, nothing that was typed, shown or thrown.
 */
export const BEACON_SCRIPT = `(() => {
  const script = document.currentScript;
  const [page] = performance.getEntriesByType('navigation');
  const token = ((page && page.serverTiming) || []).find(({ name }) => name === 'cutover');
  if (!script || !token || !navigator.sendBeacon) return;
  const to = script.src.split('?')[0].slice(0, -3);
  const send = (what) => navigator.sendBeacon(to, JSON.stringify({ t: token.description, ...what }));
  let failed = 0;
  let settled = false;
  const settle = () => {
    if (settled) return;
    settled = true;
    const end = page.loadEventEnd;
    send({ l: end > 0 ? Math.max(0, end - (page.activationStart || 0)) : null, e: failed });
  };
  const fail = () => {
    if (failed) return;
    failed = 1;
    if (settled) send({ late: 1 });
  };
  const loaded = () => setTimeout(settle, 3000);
  addEventListener('error', fail);
  addEventListener('unhandledrejection', fail);
  addEventListener('pagehide', settle);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && settle());
  if (document.readyState === 'complete') loaded();
  else addEventListener('load', loaded);
})();
`;
