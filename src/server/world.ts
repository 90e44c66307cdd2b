import type { ControllerOptions } from '../engine/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import type { Catalogue } from './catalogue.ts';
import type { EventStreams } from './event-stream.ts';
import type { Fleets } from './fleets.ts';
import type { Hub } from './hub.ts';
import type { LogChecks } from './log-checks.ts';
import type { Reports } from './reports.ts';
import type { SharedReads } from './shared-reads.ts';
import type { Verifier } from './verifier.ts';

/** What carries out the effects of a plan, as a controller needs it. */
export type ActingPorts = Pick<ControllerOptions, 'effects' | 'databases' | 'probes' | 'measures'>;

/** All that a route may know. */
export type World = {
  readonly store: Store;
  readonly clock: Clock;
  readonly hub: Hub;
  readonly streams: EventStreams;
  readonly catalogue: Catalogue;
  readonly fleets: Fleets;
  readonly logChecks: LogChecks;
  readonly reports: Reports;
  readonly reads: SharedReads;
  readonly verifier: Verifier;
  /** Refuses whatever changes something, reports of instances too. */
  readonly readOnly: boolean;
  readonly version: string;
};
