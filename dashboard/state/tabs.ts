import { Sharing, type Browser, type Tab } from './sharing.ts';
import { isVisible } from './visible.ts';

const BROWSER: Browser = {
  locks: { request: (name, options, work) => navigator.locks.request(name, options, work) },
  channel: (name, onMessage) => {
    const channel = new BroadcastChannel(name);
    channel.addEventListener('message', ({ data }) => onMessage(data));
    return { post: (message) => channel.postMessage(message), close: () => channel.close() };
  },
  every: (ms, work) => {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  },
  now: () => Date.now(),
  random: () => Math.random(),
};

/** Locks are there over https and on loopback only. */
export const canShare =
  'locks' in navigator && 'BroadcastChannel' in globalThis && globalThis.crypto?.subtle !== undefined;

/**
 * Reads a stream together with the other tabs that name the same, where the browser can do so; else by itself.
 *
 * @param secret what tabs have to have in common beside the name, such as who looks; it is not told
 * @returns the way to stop
 */
export function readTogether<T>(name: string, secret: string, tab: Omit<Tab<T>, 'isVisible'>): () => void {
  const left = new AbortController();
  const own = { ...tab, isVisible: () => isVisible.peek() };
  if (canShare) void shareUntil(name, secret, own, left.signal);
  else void readAlone(own, left.signal);
  return () => left.abort();
}

/** A tab that is frozen, or kept for the way back, can read nothing, and would keep the others waiting. */
async function shareUntil<T>(name: string, secret: string, tab: Tab<T>, left: AbortSignal): Promise<void> {
  const digest = await hashOf(secret);
  if (left.aborted) return;
  let sharing: Sharing<T> | null = null;
  const leave = (): void => {
    sharing?.stop();
    sharing = null;
  };
  const join = (): void => {
    if (sharing !== null || left.aborted) return;
    sharing = new Sharing(`cutover ${digest} ${name}`, tab, BROWSER);
    sharing.start();
  };
  const signal = left;
  document.addEventListener('freeze', leave, { signal });
  document.addEventListener('resume', join, { signal });
  addEventListener('pagehide', leave, { signal });
  addEventListener('pageshow', join, { signal });
  const stop = isVisible.subscribe((visible) => visible && sharing?.seen());
  left.addEventListener('abort', () => {
    stop();
    leave();
  });
  join();
}

/** Where each tab has a connection of its own, one that nobody sees gives it back: a browser has six to a server over HTTP/1.1. */
async function readAlone<T>(tab: Tab<T>, left: AbortSignal): Promise<void> {
  while (!left.aborted) {
    await whenVisible(left);
    const hidden = new AbortController();
    const stop = isVisible.subscribe((visible) => visible || hidden.abort());
    const signal = AbortSignal.any([left, hidden.signal]);
    await tab.lead(() => {}, signal);
    stop();
    if (!signal.aborted) return;
  }
}

function whenVisible(left: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = isVisible.subscribe((visible) => visible && resolve());
    left.addEventListener('abort', () => {
      stop();
      resolve();
    });
  });
}

async function hashOf(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
