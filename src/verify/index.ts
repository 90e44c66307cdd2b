export { parseRecording, type Recording } from './recording.ts';
export { replayHttp, type Replayed } from './replay-http.ts';
export { replayReport, type ReplayReport } from './replay-report.ts';
export { addTallies, NO_CALLS, tallyOf, type CallGroup, type CallTally } from './call-tally.ts';
export { compareCall, type SideAnswer } from './compare-call.ts';
export { isConnectionLost } from './connection-lost.ts';
export { replayCall, type ReplayedCall } from './replay-call.ts';
