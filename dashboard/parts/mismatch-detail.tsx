import { counted } from '../state/figures.ts';
import { differingPlaces, issueText, placeOf, type Explanation } from '../state/mismatch-text.ts';
import type { Place } from '../state/router.ts';
import { may } from '../state/session.ts';
import { Chip } from './chip.tsx';
import { Command, commandFor } from './command.tsx';
import { CopyBlock } from './copy-block.tsx';
import { IgnoreRuleForm } from './ignore-rule-form.tsx';
import { Empty, Section } from './page.tsx';
import { Table } from './table.tsx';
import { When } from './time.tsx';

/** One group: both sides, the call, why it counts, and what can be done about it. */
export function MismatchDetail(props: {
  readonly explained: Explanation;
  readonly rules: readonly Rule[];
  readonly place: Place;
}) {
  const { explained, rules, place } = props;
  const { group, coveredBy } = explained;
  const { id, repository, operation, kind } = group;
  return (
    <>
      <Section
        title={`${repository}.${operation}: ${kind} at ${placeOf(group)}`}
        aside={
          coveredBy === null ? <Chip tone="warn" text="unexplained" /> : <Chip tone="none" text="explained" />
        }
      >
        <ul>
          {explained.because.map((text) => (
            <li key={text}>{text}</li>
          ))}
          {coveredBy === null ? null : <li>It does not count: {coveredBy}.</li>}
        </ul>
        <HowOften explained={explained} />
      </Section>
      <Section title="Both sides">
        <BothSides explained={explained} />
      </Section>
      <Section title="Rules in force">
        <Rules explained={explained} rules={rules} />
      </Section>
      {may('operate') && coveredBy === null ? (
        <Section title="Explain it">
          <IgnoreRuleForm explained={explained} place={place} />
        </Section>
      ) : null}
      <Section title="Look again, or hand it over">
        <p>The same call on both sides, now:</p>
        <Command text={commandFor(place, 'mismatches', 'replay', id)} />
        <p>For an issue tracker:</p>
        <CopyBlock label="Issue text" text={issueText(explained, place.migration, place.environment)} />
      </Section>
    </>
  );
}

function HowOften({ explained: { group, answers, noise } }: { readonly explained: Explanation }) {
  const { count, instances, firstAt, lastAt, epochs } = group;
  return (
    <dl class="terms">
      <dt>Seen</dt>
      <dd>
        {counted(count, 'time')} on {instances.join(', ')}, first <When at={firstAt} />, last{' '}
        <When at={lastAt} />, {epochs.first === epochs.last ? 'epoch' : 'epochs'} {epochs.first}
        {epochs.first === epochs.last ? '' : ` to ${epochs.last}`}
      </dd>
      <dt>Of</dt>
      <dd>
        {counted(answers.compared, 'compared answer')} of this operation,{' '}
        {answers.different.toLocaleString('en')} of which differ unexplained
      </dd>
      <dt>Noise</dt>
      <dd>{noise}</dd>
    </dl>
  );
}

function BothSides({ explained }: { readonly explained: Explanation }) {
  const { sample } = explained.group;
  if (sample === undefined)
    return (
      <Empty>
        No call of it is kept. With <code>{'shadow({ samples: samples() })'}</code> the application keeps one
        of each group, redacted.
      </Empty>
    );
  return (
    <>
      <Table label="Where both sides differ" class="both-sides">
        <thead>
          <tr>
            <th scope="col">Place</th>
            <th scope="col">
              <span class="side" data-side="control">
                control
              </span>
            </th>
            <th scope="col">
              <span class="side" data-side="candidate">
                candidate
              </span>
            </th>
          </tr>
        </thead>
        <tbody>
          {differingPlaces(explained).map(({ at, control, candidate }) => (
            <tr key={at}>
              <th scope="row">
                <code>{at}</code>
              </th>
              <td>
                <code>{control}</code>
              </td>
              <td>
                <code>{candidate}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      <dl class="terms">
        <dt>Asked with</dt>
        <dd>
          <code>({sample.args.join(', ')})</code>, answered by {sample.served}
        </dd>
        <dt>Took</dt>
        <dd>
          control {sample.controlMs}ms, candidate {sample.candidateMs}ms
        </dd>
      </dl>
      <p class="quiet">Only what differs is kept, redacted before it left the instance.</p>
    </>
  );
}

type Rule = {
  readonly path: string;
  readonly kind?: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires: string;
};

function Rules({ explained, rules }: { readonly explained: Explanation; readonly rules: readonly Rule[] }) {
  const { normalised, notCoveredBy, wouldCover, wouldNotCover } = explained;
  const patterns = (all: Explanation['wouldCover']): string =>
    all.map(({ path, kind }) => `'${path}'${kind === undefined ? '' : ` for ${kind}`}`).join('; ');
  return (
    <>
      <ul>
        {normalised.map((text) => (
          <li key={text}>{text}</li>
        ))}
        {notCoveredBy.map((text) => (
          <li key={text}>does not cover it: {text}</li>
        ))}
        {wouldCover.length === 0 ? null : <li>would cover it: {patterns(wouldCover)}</li>}
        {wouldNotCover.length === 0 ? null : <li>would not: {patterns(wouldNotCover)}</li>}
      </ul>
      {rules.length === 0 ? (
        <Empty>This operation has no ignore rule.</Empty>
      ) : (
        <Table label="Ignore rules of this operation">
          <thead>
            <tr>
              <th scope="col">Path</th>
              <th scope="col">Kind</th>
              <th scope="col">Reason</th>
              <th scope="col">Owner</th>
              <th scope="col">Until</th>
            </tr>
          </thead>
          <tbody>
            {rules.map(({ path, kind, owner, reason, expires }) => (
              <tr key={`${path} ${kind ?? ''}`}>
                <td>
                  <code>{path}</code>
                </td>
                <td>{kind ?? 'any'}</td>
                <td>{reason}</td>
                <td>{owner}</td>
                <td>{expires}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </>
  );
}
