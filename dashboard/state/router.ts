import { computed, signal } from '@preact/signals';

/** The address below the server's own, and what is behind `?`. */
const address = signal(new URL(location.href));

addEventListener('popstate', () => (address.value = new URL(location.href)));

/** An address is what somebody typed: what is no encoding stands for itself, and leads nowhere. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export type Place = { readonly migration: string; readonly environment: string };

/** `/m/<migration>/<environment>/<screen>/<one>`; without a place the list of them is shown. */
export const route = computed(() => {
  const [root, migration, environment, screen = '', ...rest] = address.value.pathname
    .split('/')
    .slice(1)
    .map(decoded);
  const place: Place | null =
    root === 'm' && migration !== undefined && environment !== undefined && environment !== ''
      ? { migration, environment }
      : null;
  return { place, screen, rest: rest.join('/'), query: address.value.searchParams };
});

/** Goes to an address, so that Back comes back from it; `replace` where the one before leads nowhere else. */
export function navigate(path: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', path);
  else history.replaceState(null, '', path);
  address.value = new URL(location.href);
  scrollTo(0, 0);
}

/** A filter goes into the address, so that a link to the page has it; `null` takes it out. */
export function setQuery(name: string, value: string | null): void {
  const url = new URL(location.href);
  if (value === null || value === '') url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  history.replaceState(null, '', url);
  address.value = url;
}

/** @param path below the place: `audit`, `repositories/user` */
export function pathTo({ migration, environment }: Place, path = ''): string {
  return `/m/${encodeURIComponent(migration)}/${encodeURIComponent(environment)}${path === '' ? '' : `/${path}`}`;
}
