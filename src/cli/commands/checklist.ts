import { loadState, type State } from '../../engine/index.ts';
import type { Plan } from '../../plan/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import type { Paint } from '../paint.ts';
import { heading, wrap } from '../render/text.ts';
import { timeText } from '../render/time.ts';
import { reading } from '../session.ts';

export const checklist: Command = {
  name: 'checklist',
  summary: 'Checklists and approvals: what is confirmed, by whom, and what is open.',
  examples: ['cutover checklist --environment production'],
  mutates: false,
  run: (context) =>
    reading(context, async ({ store, stream, plan, environment, config }) => {
      const { io } = context;
      const state = await loadState(store, stream);
      const lists = Object.entries(plan.checklists).map(([name, items]) => ({
        checklist: name,
        items: items.map((item) => ({
          item,
          confirmed: state.checks.find((one) => one.checklist === name && one.item === item) ?? null,
        })),
      }));
      const approvals = rolesOf(plan).map((role) => ({
        role,
        approved: approvalOf(state, role, config.hash),
      }));
      const document = {
        schema: 'cutover.checklists/1',
        environment,
        hash: config.hash,
        lists,
        approvals,
      } as const;
      answer(io, document, () => textOf(lists, approvals, io.width, io.paint));
      return EXIT.ok;
    }),
};

type Confirmed = { readonly actor: string; readonly reason: string; readonly at: number };
type Lists = readonly {
  readonly checklist: string;
  readonly items: readonly { readonly item: string; readonly confirmed: Confirmed | null }[];
}[];
type Approvals = readonly { readonly role: string; readonly approved: Confirmed | null }[];

function rolesOf(plan: Plan): readonly string[] {
  return [...new Set(plan.phases.flatMap((phase) => phase.needs.approvals))];
}

function approvalOf({ approvals }: State, role: string, planHash: string): Confirmed | null {
  return approvals.find((one) => one.role === role && one.planHash === planHash) ?? null;
}

function textOf(lists: Lists, approvals: Approvals, width: number, paint: Paint): string {
  const line = (text: string, by: Confirmed | null): readonly string[] => [
    `  ${by === null ? paint('dim', '·') : paint('good', '✔')} ${text}`,
    ...(by === null ? [] : wrap(`${by.actor}, ${timeText(by.at)}: ${by.reason}`, width, '      ')),
  ];
  const sections = [
    ...lists.map(({ checklist: name, items }) => [
      heading(name, paint),
      ...items.flatMap(({ item, confirmed }, index) => line(`${index + 1} ${item}`, confirmed)),
    ]),
    ...(approvals.length === 0
      ? []
      : [
          [
            heading('Approvals of this plan', paint),
            ...approvals.flatMap((one) => line(one.role, one.approved)),
          ],
        ]),
  ];
  if (sections.length === 0) return 'the plan has no checklist and needs no approval';
  return sections.map((part) => part.join('\n')).join('\n\n');
}
