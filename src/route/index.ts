export { bucket } from './bucket.ts';
export { compileRoute, type CompiledRoute } from './compile.ts';
export { decide, decidingFlag, isKilled, type Call, type Decision, type Local, type Why } from './decide.ts';
export { parseOverride } from './override.ts';
export { parseRoutingState } from './parse.ts';
export { shadowRate } from './shadow.ts';
export { FULL_EXPOSURE, UNSET_FLAG } from './state.ts';
export type * from './state.ts';
export { parseCaptureAnswer, type CaptureAnswer } from './capture.ts';
