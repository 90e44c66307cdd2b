import { loadState } from '../../engine/index.ts';
import { approvalRequestOf, approvalsOf } from '../../report/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit.ts';
import { answer } from '../io.ts';
import { approvalLines, requestLines } from '../render/approvals.ts';
import type { Paint } from '../paint.ts';
import { heading, wrap } from '../render/text.ts';
import { timeText } from '../render/time.ts';
import { reading } from '../session.ts';

export const checklist: Command = {
  name: 'checklist',
  summary:
    'Checklists and approvals: what is confirmed, by whom, what is open, and what people are asked on.',
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
      const document = {
        schema: 'cutover.checklists/1',
        environment,
        hash: config.hash,
        lists,
        approvals: approvalsOf(state, plan, config.hash, context.clock.now()),
        request: approvalRequestOf(state),
      } as const;
      answer(io, document, () => textOf(document, io.width, io.paint));
      return EXIT.ok;
    }),
};

type Confirmed = { readonly actor: string; readonly reason: string; readonly at: number };
type Lists = readonly {
  readonly checklist: string;
  readonly items: readonly { readonly item: string; readonly confirmed: Confirmed | null }[];
}[];

function textOf(
  document: {
    readonly lists: Lists;
    readonly approvals: ReturnType<typeof approvalsOf>;
    readonly request: ReturnType<typeof approvalRequestOf>;
  },
  width: number,
  paint: Paint,
): string {
  const { lists, approvals, request } = document;
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
      : [[heading('Approvals of this plan', paint), ...approvalLines(approvals, width, paint)]]),
    ...(request === null ? [] : [requestLines(request, width, paint)]),
  ];
  if (sections.length === 0) return 'the plan has no checklist and needs no approval';
  return sections.map((part) => part.join('\n')).join('\n\n');
}
