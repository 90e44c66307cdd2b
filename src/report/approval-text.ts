import type { ApprovalEvidence, AskedApproval, Share } from '../engine/index.ts';

/** Why a role is asked: `what ben gave is too old`. */
export function becauseText({
  because,
  before,
}: Pick<AskedApproval['roles'][number], 'because' | 'before'>): string {
  const who = before?.actor ?? 'somebody';
  switch (because) {
    case 'expired':
      return `what ${who} gave is too old`;
    case 'rejected':
      return `${who} rejected it`;
    case 'another plan':
      return `${who} approved another plan`;
    case 'not given':
      return 'nobody gave it';
  }
}

/** `10 % of users → 50 % of users → 100 % of users`. */
export function exposureText({
  from,
  to,
}: Pick<ApprovalEvidence['exposure'][number], 'from' | 'to'>): string {
  return [from, ...to].map(shareText).join(' → ');
}

function shareText({ exposure, of, byEnvironment }: Share): string {
  if (exposure === null) return byEnvironment ? 'by environment variable' : 'unset';
  return `${exposure / 100} % of ${of}${byEnvironment ? ', by environment variable' : ''}`;
}
