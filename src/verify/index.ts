export { parseRecording, type Recording } from './recording.ts';
export { replayHttp, type Replayed } from './replay-http.ts';
export { replayReport, type ReplayReport } from './replay-report.ts';
