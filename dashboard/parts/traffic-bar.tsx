import type { StatusDocument } from '../../src/report/index.ts';

type Exposure = StatusDocument['exposure'][number];

/** What the candidate was set to serve, as a mark, on what it serves: what both run is hatched. */
export function TrafficBar({ of }: { readonly of: Exposure }) {
  const { repository, actual, set, shadow } = of;
  const hatch = `hatch-${repository}`;
  const shared = shadow === null ? 0 : ((100 - (actual ?? 0)) * shadow.sample) / 100;
  return (
    <div class="traffic">
      <svg role="img" aria-label={`${repository}: ${trafficText(of)}`} width="100%" height="14">
        <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2.5" height="5" class="candidate" />
        </pattern>
        <rect width="100%" height="100%" class={actual === null ? 'nobody' : 'control'} />
        {actual === null ? null : <rect width={`${actual}%`} height="100%" class="candidate" />}
        {shared === 0 ? null : (
          <rect x={`${actual ?? 0}%`} width={`${shared}%`} height="100%" fill={`url(#${hatch})`} />
        )}
        {set === null ? null : <line x1={`${set}%`} x2={`${set}%`} y1="0" y2="100%" class="set" />}
      </svg>
      <span>{trafficText(of)}</span>
    </div>
  );
}

function trafficText({ set, of, actual, shadow }: Exposure): string {
  const wish = set === null ? 'unset' : `${set} % of ${of} set`;
  const share = actual === null ? 'no calls' : `${Number(actual.toPrecision(3))} % served`;
  const both = shadow === null ? '' : `; ${shadow.sample} % shadow`;
  return `${wish}, ${share}${both}`;
}
