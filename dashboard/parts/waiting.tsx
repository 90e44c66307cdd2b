import { useRef } from 'preact/hooks';
import { now } from '../state/now.ts';
import { isPassing } from '../state/api.ts';
import { Failure } from './page.tsx';

/** So long nobody wonders. Milliseconds. */
const SOON_MS = 3_000;

type Props = {
  /** `Reading the plan` */
  readonly what: string;
  /** What went wrong the last time, where it is asked for again; with a `status` that is a refusal there is nothing to wait for. */
  readonly failure?: {
    readonly message: string;
    readonly hint?: string | null;
    readonly status?: number;
  } | null;
};

/** What is asked for and not there yet: for how long, and why where that is known. */
export function Waiting({ what, failure = null }: Props) {
  const since = useRef(Date.now());
  const waitedMs = now.value - since.current;
  return (
    <>
      {isPassing({ status: failure?.status ?? 0 }) ? (
        <p class="empty">
          {what}…{waitedMs < SOON_MS ? null : ` No answer for ${Math.floor(waitedMs / 1_000)} s.`}
        </p>
      ) : null}
      {failure === null ? null : <Failure error={failure} />}
    </>
  );
}
