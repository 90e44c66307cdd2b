export { eventText, EventStreamReader, type StreamEvent } from './event-stream.ts';
export {
  parseRoutingMessage,
  type ReportAnswer,
  type ReportMessage,
  type RoutingMessage,
} from './messages.ts';
export { API, instanceUrl, type InstanceCall } from './paths.ts';
