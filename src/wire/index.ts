export { eventText, EventStreamReader, type StreamEvent } from './event-stream.ts';
export { markText, parseMarkText } from './mark.ts';
export {
  parseRoutingMessage,
  type ReportAnswer,
  type ReportMessage,
  type RoutingMessage,
} from './messages.ts';
export { API, INSTANCE_HEADER, instanceUrl, MOST_REPORT_BYTES, type InstanceCall } from './paths.ts';
