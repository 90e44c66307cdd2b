import type { AskedAssignment } from '../gate/index.ts';
import { decidingFlag, isKilled, type RoutingState, type Why } from '../route/index.ts';
import type { InstanceView } from './instances.ts';

/** Reasons for which an instance serves control by itself. An override is a person's, and is not among them. */
const BY_ITSELF: ReadonlySet<string> = new Set<Why>(['guard', 'local kill', 'stale']);
/** Reasons that leave the side of each call to the exposure. */
const BY_EXPOSURE: ReadonlySet<string> = new Set<Why>(['repository exposure', 'global exposure']);

/** What the routing state asks of instances, and which of them do otherwise, by their own reports. `null` without a state. */
export function askedOf(
  routing: RoutingState | null,
  views: readonly InstanceView[],
): AskedAssignment | null {
  if (routing === null) return null;
  const exposed = Object.keys(routing.repositories).filter((name) => isAsked(routing, name));
  const drawn = exposed.flatMap((name) => {
    const { flag } = decidingFlag(routing, name);
    return flag.of === 'traffic' && flag.exposure !== 'unset'
      ? [[name, flag.exposure / 10_000] as const]
      : [];
  });
  const live = views.filter(({ liveness, status }) => liveness !== 'gone' && status !== null);
  return {
    epoch: routing.epoch,
    shares: Object.fromEntries(drawn),
    otherwise: new Set(live.filter((view) => !isByExposure(view, exposed)).map(({ instance }) => instance)),
    aside: live.flatMap((view) => asideOf(view, exposed, routing)).toSorted(),
  };
}

function isAsked(routing: RoutingState, name: string): boolean {
  const { exposure } = decidingFlag(routing, name).flag;
  return isKilled(routing, name) === false && exposure !== 'unset' && exposure > 0;
}

function isByExposure({ status }: InstanceView, exposed: readonly string[]): boolean {
  return exposed.every((name) => {
    const why = status?.serving[name]?.why;
    return why === undefined || BY_EXPOSURE.has(why);
  });
}

/** Only of one that has the state that is asked for: an older one is on its way. */
function asideOf(
  { instance, status }: InstanceView,
  exposed: readonly string[],
  routing: RoutingState,
): readonly string[] {
  if (status === null || status.applied !== routing.epoch || routing.failSide !== 'control') return [];
  const whys = exposed.flatMap((name) => {
    const why = status.serving[name]?.why;
    return why !== undefined && BY_ITSELF.has(why) ? [`${name} by ${why}`] : [];
  });
  return whys.length === 0 ? [] : [`${instance} (${whys.join(', ')})`];
}
