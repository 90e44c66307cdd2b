import type { StatusDocument } from '../../src/report/index.ts';
import type { WaitingDocument } from '../../src/server/routes/standing.ts';
import type { Tone } from '../parts/chip.tsx';
import { counted } from './figures.ts';

/** Something that a person has to look at or to do. */
export type Need = {
  readonly tone: Tone;
  readonly word: string;
  readonly text: string;
  /** The screen on which it is seen, below the place. */
  readonly screen: string;
  /** What stands behind `cutover` to do the same on a terminal. */
  readonly words: readonly string[];
};

export type Known = {
  readonly status: StatusDocument;
  /** `null` while the server has not said. */
  readonly waiting: Pick<WaitingDocument, 'needs' | 'rollbackItems' | 'decision'> | null;
  /** Answers that differ and that nothing explains, of so many compared ones; `null` while that is not known. */
  readonly mismatches: { readonly compared: number; readonly different: number } | null;
};

/** Who has to do what, the most urgent first. Pure. */
export function needsOf(known: Known): readonly Need[] {
  return [
    ...ofRollback(known),
    ...ofController(known.status),
    ...ofGate(known.status),
    ...ofPause(known.status),
    ...ofWaiting(known),
    ...ofMismatches(known),
    ...ofContingencies(known.status),
    ...known.status.late.map((text): Need => ({
      tone: 'warn',
      word: 'late',
      text,
      screen: 'plan',
      words: ['status'],
    })),
  ];
}

const REASON = ['--reason', '…'];

function ofRollback({ status, waiting }: Known): readonly Need[] {
  const { rollback, state } = status;
  const missing = rollback !== null && rollback.tookMs === null ? rollback.missing : [];
  const items = waiting?.rollbackItems ?? [];
  return [
    ...(missing.length === 0
      ? []
      : [
          {
            tone: 'fail' as const,
            word: 'overdue',
            text: `The rollback is over its budget; nobody has heard that it took effect in ${missing.join(', ')}`,
            screen: '',
            words: ['status'],
          },
        ]),
    ...(items.length === 0
      ? []
      : [
          {
            tone: 'warn' as const,
            word: 'checklist',
            text: `${counted(items.length, 'item')} of the checklist after a rollback: ${items.join('; ')}`,
            screen: 'approvals',
            words: ['checklist'],
          },
        ]),
    ...(state === 'rolled-back' && items.length === 0
      ? [
          {
            tone: 'warn' as const,
            word: 'taken back',
            text: `Nothing is exposed again until somebody says so: ${rollback?.reason ?? ''}`,
            screen: 'audit',
            words: ['resume', ...REASON],
          },
        ]
      : []),
  ];
}

/** A run that nobody carries is exposed and watched by nobody. */
function ofController({ state, controller }: StatusDocument): readonly Need[] {
  const needsOne = state === 'running' || state === 'paused' || state === 'rolling-back';
  if (!needsOne || controller === 'present') return [];
  const who =
    controller === 'none' ? 'No controller carries it' : 'Its controller has not looked for a while';
  const text = `${who}: nothing takes it back by itself`;
  return [{ tone: 'fail', word: 'unwatched', text, screen: 'audit', words: ['run', ...REASON] }];
}

function ofGate({ gate, run }: StatusDocument): readonly Need[] {
  if (gate === null) return [];
  const screen = run?.phase == null ? '' : `phases/${run.phase}`;
  const words = ['gate', 'explain'];
  return [
    ...gate.rows
      .filter(({ colour }) => colour === 'red')
      .map(({ title, reason }): Need => ({
        tone: 'fail',
        word: 'red',
        text: `${title}: ${reason}`,
        screen,
        words,
      })),
    ...gate.assignment.map(({ text }): Need => ({ tone: 'warn', word: 'assignment', text, screen, words })),
  ];
}

function ofPause({ state, sentence, nextCommand }: StatusDocument): readonly Need[] {
  if (state !== 'paused') return [];
  const words = nextCommand?.includes('--retry') === true ? ['advance', '--retry'] : ['resume'];
  return [{ tone: 'warn', word: 'paused', text: sentence, screen: 'audit', words: [...words, ...REASON] }];
}

function ofWaiting({ waiting, status: { run } }: Known): readonly Need[] {
  if (waiting === null) return [];
  const { decision } = waiting;
  const decided = run?.phase == null ? '' : `phases/${run.phase}`;
  return [
    ...(decision === null
      ? []
      : [
          {
            tone: 'busy' as const,
            word: 'decision',
            text: `${decision.question} ${Object.keys(decision.options).join(', ')}`,
            screen: decided,
            words: ['advance', '--choose', Object.keys(decision.options)[0] ?? '', ...REASON],
          },
        ]),
    ...waiting.needs.map((need): Need =>
      need.kind === 'approval'
        ? {
            tone: 'busy',
            word: 'approval',
            text: `${need.role} ${WHY[need.asked?.because ?? 'not given']}`,
            screen: 'approvals',
            words: ['approve', '--role', need.role, ...REASON],
          }
        : {
            tone: 'busy',
            word: 'checklist',
            text: `${counted(need.open.length, 'item')} of "${need.checklist}": ${need.open.join('; ')}`,
            screen: 'approvals',
            words: ['check', need.checklist, '--all', ...REASON],
          },
    ),
  ];
}

/** Why a role is asked, as what is said of it. */
const WHY = {
  'not given': 'has not approved this plan',
  expired: 'approved this plan too long ago',
  rejected: 'rejected this plan, and is asked again',
  'another plan': 'approved another plan than this one',
} as const;

function ofMismatches({ mismatches }: Known): readonly Need[] {
  if (mismatches === null || mismatches.different === 0) return [];
  const { different, compared } = mismatches;
  return [
    {
      tone: 'warn',
      word: 'mismatches',
      text: `${counted(different, 'answer')} of ${compared.toLocaleString('en')} compared differ, and nothing explains it`,
      screen: 'mismatches',
      words: ['mismatches', 'list'],
    },
  ];
}

function ofContingencies({ contingencies }: StatusDocument): readonly Need[] {
  return contingencies.map(({ name, tell, next }) => ({
    tone: 'warn',
    word: 'contingency',
    text: [
      `"${name}" was met`,
      ...(tell.length === 0 ? [] : [`tell ${tell.join(', ')}`]),
      ...(next.length === 0 ? [] : [`then ${next.join(', ')}`]),
    ].join('; '),
    screen: 'audit',
    words: ['log'],
  }));
}
