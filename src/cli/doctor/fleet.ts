import type { InstanceView } from '../../engine/index.ts';
import { bad, type Check, ok, warning } from './check.ts';

/** The instances of an environment, watched for a moment. @param epoch of the stored routing state; 0 before the first */
export function checkFleet(
  environment: string,
  views: readonly InstanceView[],
  epoch: number,
): readonly Check[] {
  const name = `instances of ${environment}`;
  if (views.length === 0)
    return [
      warning(
        name,
        'none has reported yet',
        `start the application in ${environment} with the same state file`,
      ),
    ];
  const live = views.filter(({ liveness }) => liveness === 'live');
  const silent = views.filter(({ liveness }) => liveness !== 'live').map(({ instance }) => instance);
  const behind = live.filter(({ status }) => (status?.applied ?? 0) < epoch).map(({ instance }) => instance);
  const foreign = views.filter(({ isForeign }) => isForeign === true).map(({ instance }) => instance);
  const overridden = views.filter(
    ({ status, isForeign }) => isForeign !== true && (status?.notes ?? []).length > 0,
  );
  const killed = live.filter(({ status }) =>
    Object.values(status?.serving ?? {}).some(({ why }) => why === 'local kill'),
  );
  return [
    ...(live.length === 0 ? [] : [ok(name, `${live.length} of ${views.length} report`)]),
    ...some(silent, (list) =>
      warning(
        name,
        `stale, no report while watched: ${list}`,
        'start them again; a run forgets who stays away',
      ),
    ),
    ...some(foreign, (list) =>
      bad(
        name,
        `serve by a state that this log never had: ${list}`,
        'an older or another state file was put in its place: restore the newest backup, or start them again',
      ),
    ),
    ...some(behind, (list) =>
      warning(name, `below epoch ${epoch}: ${list}`, 'see whether their state file is the same one'),
    ),
    ...some(
      overridden.map(({ instance, status }) => `${instance} (${status?.notes.join(', ')})`),
      (list) => warning(name, `say of themselves: ${list}`, 'see what each goes by: cutover which --explain'),
    ),
    ...some(
      killed.map(({ instance }) => instance),
      (list) => warning(name, `with a kill file: ${list}`, 'remove the file beside their state file'),
    ),
  ];
}

function some(found: readonly string[], check: (list: string) => Check): readonly Check[] {
  return found.length === 0 ? [] : [check(found.join(', '))];
}
