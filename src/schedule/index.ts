export { isScheduled } from './scheduled.ts';
export { freezeAt } from './freeze.ts';
export { causeKey, holdBackAt, type Cause, type HoldBack } from './hold-back.ts';
export { holdsMs, latestBeginning, phaseDates, type PhaseDates } from './phase-dates.ts';
export { causeName, holdBackText, momentText } from './text.ts';
export { longestGapDays } from './window.ts';
