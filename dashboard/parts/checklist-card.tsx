import type { WaitingDocument } from '../../src/server/routes/standing.ts';
import type { Place } from '../state/router.ts';
import { Action } from './action.tsx';
import { Chip } from './chip.tsx';
import { Command, commandFor } from './command.tsx';
import { utc } from './moment.ts';
import { Section } from './page.tsx';

/** Items of a checklist: who confirmed which and when, and a button for each that is open. */
export function ChecklistCard(props: {
  readonly place: Place;
  readonly list: WaitingDocument['checklists'][number];
  /** What it is for: a phase, or the time behind a rollback. */
  readonly before: string;
}) {
  const { place, list, before } = props;
  const { checklist, items } = list;
  const open = items.filter(({ confirmed }) => confirmed === null).length;
  return (
    <Section
      title={`Checklist “${checklist}”`}
      aside={
        open === 0 ? (
          <Chip tone="pass" text="confirmed" />
        ) : (
          <Chip tone="none" text={open === 1 ? 'one item is open' : `${open} items are open`} />
        )
      }
    >
      <p class="quiet">{before}</p>
      <ol class="plain">
        {items.map(({ item, confirmed }) => (
          <li key={item} class="check-item">
            <span aria-hidden="true">{confirmed === null ? '☐' : '☑'}</span>
            <span>
              {item}
              <br />
              {confirmed === null ? (
                <span class="quiet">open</span>
              ) : (
                <span class="quiet">
                  confirmed by {confirmed.actor}, {utc(confirmed.at)}: {confirmed.reason}
                </span>
              )}
            </span>
            <Action
              label="Confirm"
              title={`Confirm: ${item}`}
              permission="confirm"
              path="check"
              body={{ checklist, items: [item] }}
              words={['check', checklist, '--item', item]}
              done="Confirmed."
              available={confirmed === null}
            >
              <p>“{item}” is so. Your name and reason are kept with it.</p>
            </Action>
          </li>
        ))}
      </ol>
      {open === 0 ? null : (
        <Command text={commandFor(place, 'check', checklist, '--item', '1', '--reason', '…')} />
      )}
    </Section>
  );
}
