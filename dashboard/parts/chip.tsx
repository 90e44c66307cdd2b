/** What a chip can say. Colour is never alone: each has a sign and a word. */
export type Tone = 'pass' | 'warn' | 'fail' | 'none' | 'busy';

const SIGN: Readonly<Record<Tone, string>> = { pass: '✔', warn: '▲', fail: '✖', none: '◌', busy: '●' };

export function Chip({
  tone,
  text,
  title,
}: {
  readonly tone: Tone;
  readonly text: string;
  readonly title?: string;
}) {
  return (
    <span class="chip" data-tone={tone} title={title}>
      <span aria-hidden="true">{SIGN[tone]}</span> {text}
    </span>
  );
}

/** Only `pass` is green: too little is known otherwise. */
export function toneOfVerdict(verdict: string): Tone {
  return verdict === 'pass' ? 'pass' : verdict === 'fail' ? 'fail' : 'none';
}

/** @param colour of a row of a matrix */
export function toneOfColour(colour: 'green' | 'yellow' | 'red' | 'none'): Tone {
  return ({ green: 'pass', yellow: 'warn', red: 'fail', none: 'none' } as const)[colour];
}
