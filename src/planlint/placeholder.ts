import type { Plan } from '../plan/index.ts';
import type { Finding } from './finding.ts';

/** `[Name]`, `[grafana-link]`, `<your team>`, `TODO`: what a template leaves to be filled in. */
const PLACEHOLDER = /\[[A-Za-z][\w /-]*\]|<[A-Za-z][\w -]*>|\b(?:TODO|TBD|FIXME)\b/;
/** What programs and databases read: brackets mean something there. */
const MACHINE_TEXT = new Set(['run', 'query', 'bad', 'good', 'total', 'url', 'body', 'headers', 'salt']);

/** Text that a template left to be filled in. Where production is protected, nobody can be reached through it. */
export function findPlaceholders(plan: Plan): readonly Finding[] {
  const severity = plan.environments.some((one) => one.protected) ? 'error' : 'warning';
  return texts(plan, '').flatMap(({ path, text }): readonly Finding[] => {
    const [found] = PLACEHOLDER.exec(text) ?? [];
    if (found === undefined) return [];
    const message = `${JSON.stringify(found)} was never filled in`;
    return [
      {
        rule: 'placeholder',
        severity,
        where: path,
        message,
        fix: 'write what it stands for, or take it out',
      },
    ];
  });
}

function texts(value: unknown, path: string): readonly { readonly path: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (MACHINE_TEXT.has(key)) return [];
    const step = Array.isArray(value) ? `[${key}]` : path === '' ? key : `.${key}`;
    return texts(inner, path + step);
  });
}
