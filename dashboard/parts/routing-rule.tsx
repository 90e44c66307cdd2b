import type { SeriesDocument } from '../../src/server/routes/charts.ts';
import { Chip } from './chip.tsx';
import { Empty, Section } from './page.tsx';

type Routing = NonNullable<SeriesDocument['routing']>;
type Rule = Routing['rules'][number];

/** What decides which side answers a call of this repository now. */
export function RoutingRule(props: {
  readonly routing: Routing | null;
  readonly repository: string;
  /** Percent of calls that the candidate answered; `null` without calls. */
  readonly actual: number | null;
}) {
  const { routing, repository, actual } = props;
  const rule = routing?.rules.find((one) => one.repository === repository);
  return (
    <Section title={`Routing of ${repository}`}>
      {routing === null || rule === undefined ? (
        <Empty>Nothing was registered here yet, so control answers. The first run registers it.</Empty>
      ) : (
        <dl class="facts">
          <div>
            <dt>In force</dt>
            <dd>
              {rule.killed === false ? (
                inForce(rule)
              ) : (
                <Chip
                  tone="fail"
                  text={rule.killed === 'hard' ? 'killed, pins too' : 'killed, pins finish'}
                />
              )}
            </dd>
          </div>
          <div>
            <dt>Actually, last seconds</dt>
            <dd>
              {actual === null ? 'no call' : `${Number(actual.toFixed(1))} % of calls on the candidate`}
            </dd>
          </div>
          <div>
            <dt>Bound to</dt>
            <dd>{BOUND[rule.of]}</dd>
          </div>
          <div>
            <dt>Flag</dt>
            <dd>
              <code>{rule.flag}</code>
              {rule.variable === null ? '' : ', overridden on an instance by '}
              {rule.variable === null ? null : <code>{rule.variable}</code>}
            </dd>
          </div>
          <div>
            <dt>Lists</dt>
            <dd>
              {routing.allow} always on the candidate, {routing.deny} never
            </dd>
          </div>
          <div>
            <dt>In the shadow</dt>
            <dd>{rule.shadow === 0 ? 'no read' : `${rule.shadow} % of reads are compared`}</dd>
          </div>
          <div>
            <dt>When nothing is known</dt>
            <dd>{routing.failSide} answers</dd>
          </div>
          <div>
            <dt>Epoch</dt>
            <dd>{routing.epoch}</dd>
          </div>
        </dl>
      )}
    </Section>
  );
}

function inForce({ by, exposure, of, holdback }: Rule): string {
  if (exposure === null) return 'unset: control answers';
  const held = holdback === null ? '' : `, ${holdback} % held back on control`;
  return `${exposure} % of ${of} on the candidate${held}, by the ${by}`;
}

const BOUND = {
  traffic: 'each call, or the key of its scope',
  users: 'the key of the user',
  instances: 'the instance',
} as const;
