export { GAUGE_NAMES } from './batch.ts';
export type * from './batch.ts';
export { fingerprint } from './fingerprint.ts';
export { packSketch, unpackSketch } from './packed-sketch.ts';
export { parseTelemetryBatch } from './parse.ts';
export {
  requestSide,
  RequestRecorder,
  type EndedRequest,
  type RequestBatch,
  type RequestSide,
} from './requests.ts';
export { OperationCell, Recorder } from './recorder.ts';
export {
  countAbove,
  LatencySketch,
  mergeSketches,
  quantile,
  sketchCount,
  sketchValues,
  type SketchData,
} from './sketch.ts';
export { SketchSum } from './sketch-sum.ts';
export { parseMismatchGroups, parseShadowBatches } from './shadow.ts';
export type { ComparedBy, MismatchGroup, MismatchSample, ShadowBatch, ShadowState } from './shadow.ts';
