export { formatMeasure, formatMetric } from './format.ts';
export {
  judgeGate,
  judgeRow,
  NO_MEMORY,
  type Colour,
  type RowMeasure,
  type RowMemory,
  type Verdict,
} from './judge.ts';
export {
  errorsSeen,
  measureBaseline,
  measureRow,
  scaleSettings,
  slopeSpanMs,
  type Reference,
} from './measure.ts';
export { createWindow, latencyOf, type Window } from './window.ts';
