import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { streamOf } from '../engine/index.ts';
import { CutoverError, deadline, type Clock } from '../kernel/index.ts';
import { foldAlways, type Folding } from '../report/index.ts';
import type { Store } from '../store/index.ts';
import { Audit } from './access/audit.ts';
import { Directory } from './access/directory.ts';
import { Gatekeeper } from './access/gatekeeper.ts';
import { Proxy, type ProxySettings } from './access/proxy.ts';
import { Sessions } from './access/session.ts';
import { createApp } from './app.ts';
import { Catalogue, type ConfiguredPlan, type Subject } from './catalogue.ts';
import { EventStreams } from './event-stream.ts';
import { Fleets } from './fleets.ts';
import { Hub } from './hub.ts';
import { LogChecks } from './log-checks.ts';
import { Reports } from './reports.ts';
import { SharedReads } from './shared-reads.ts';
import { Verifier } from './verifier.ts';
import type { ActingPorts, World } from './world.ts';

export type ServeOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly plans: readonly ConfiguredPlan[];
  readonly host: string;
  /** 0 is any that is free. */
  readonly port: number;
  readonly version: string;
  /** Names this process in a lease. */
  readonly holder: string;
  /** Who started it: the name of sessions. */
  readonly actor: string;
  readonly readOnly: boolean;
  /** Telemetry that is older is removed: instances behind a server cannot. Milliseconds. */
  readonly keepMs: number;
  readonly proxy: ProxySettings | null;
  /** Addresses under which browsers reach it, such as `https://cutover.example`. */
  readonly origins: readonly string[];
  /** What carries out effects while the server verifies a rollback that nobody else does; `null` leaves it to others. */
  readonly portsOf: (subject: Subject) => ActingPorts | null;
  readonly onLink: (link: string) => void;
  readonly onFault: (error: unknown) => void;
};

export type Serving = {
  readonly url: string;
  /** Takes no more requests, ends streams, waits for what is on, writes what is left. */
  close(): Promise<void>;
};

/** How long requests that are on may take once the server is to end. Milliseconds. */
const DRAIN_MS = 10_000;
/** A request that takes longer to arrive is not one of ours. Milliseconds. */
const REQUEST_MS = 30_000;
/** Longer than balancers keep an idle connection, so that none is closed under a request. Milliseconds. */
const KEEP_ALIVE_MS = 75_000;
const PRUNE_MS = 300_000;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);

/**
 * Serves the migrations of a store over HTTP. It keeps nothing that another one would need: any number of them may stand
 * behind a balancer. On loopback whoever started it gets a link that works once.
 *
 * @throws CutoverError `USAGE` where it cannot listen
 */
export async function listen(options: ServeOptions): Promise<Serving> {
  const { store, clock, host, port } = options;
  const proxy = options.proxy === null ? null : new Proxy(options.proxy);
  const reads = new SharedReads(store);
  const hub = new Hub(store, reads, clock);
  const streams = new EventStreams(clock);
  const directory = new Directory(store);
  const audit = new Audit(store, clock);
  const isLoopback = LOOPBACK.has(host);
  const sessions = isLoopback ? new Sessions(clock, options.actor) : null;
  const verifier = new Verifier({
    store,
    clock,
    holder: options.holder,
    portsOf: options.portsOf,
    onTrouble: options.onFault,
  });
  const catalogue = new Catalogue(store, clock, options.plans);
  const world: World = {
    store,
    clock,
    hub,
    streams,
    catalogue,
    reads,
    fleets: new Fleets(reads, clock),
    logChecks: new LogChecks(store, clock),
    reports: new Reports(store),
    verifier,
    readOnly: options.readOnly,
    version: options.version,
  };
  let isDraining = false;
  let url = '';
  const invite = (): void => {
    if (sessions !== null) options.onLink(`${url}/enter/${sessions.invite()}`);
  };
  const app = createApp({
    world,
    gatekeeper: new Gatekeeper({ clock, directory, audit, proxy, sessions, origins: options.origins }),
    sessions,
    hosts: hostsOf(options),
    isDraining: () => isDraining,
    onEntered: invite,
    onFault: options.onFault,
  });
  await directory.start(hub);
  const subjects = options.readOnly ? [] : await catalogue.configured();
  for (const subject of subjects) await verifier.follow(hub, subject, () => catalogue.state(subject));
  // With the globals of the library a small answer is written as it is, and not read out of a stream first: half of the work.
  const listener = getRequestListener(app.fetch);
  const server = createServer(
    { requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => void listener(request, response),
  );
  url = await listening(server, host, port);
  const keeping = options.readOnly ? null : keep(options, catalogue);
  invite();
  return {
    url,
    async close() {
      isDraining = true;
      const kept = keeping?.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      streams.endAll();
      // A connection that was busy is idle a moment later, and would be kept for the next request.
      const stopClosing = clock.every(50, () => server.closeIdleConnections());
      server.closeIdleConnections();
      const late = deadline(clock, DRAIN_MS);
      await Promise.race([closed, new Promise((resolve) => late.signal.addEventListener('abort', resolve))]);
      late.end();
      stopClosing();
      server.closeAllConnections();
      await kept;
      directory.stop();
      hub.close();
      await verifier.close();
      await audit.close();
    },
  };
}

/**
 * A server on loopback answers to names of its own. Behind a proxy on the same machine it has the proxy's, which it knows
 * only where an origin is named.
 */
function hostsOf({ host, proxy, origins }: ServeOptions): ReadonlySet<string> | null {
  const isKnown = LOOPBACK.has(host) && (proxy === null || origins.length > 0);
  return isKnown ? new Set([...LOOPBACK, ...origins.map((origin) => new URL(origin).hostname)]) : null;
}

/** Folds telemetry into records, and removes what is old of it: first the one, or a server that comes late would lose it. */
function keep({ store, clock, keepMs }: ServeOptions, catalogue: Catalogue): Pick<Folding, 'stop'> {
  const folding = foldAlways(store, clock, async () =>
    (await catalogue.places()).map(({ migration, environment }) => streamOf(migration, environment)),
  );
  const prune = (): void => void store.pruneTelemetry(keepMs).catch(() => {});
  void folding.begun.then(prune);
  const stopPruning = clock.every(PRUNE_MS, prune);
  return {
    stop() {
      stopPruning();
      return folding.stop();
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new CutoverError('USAGE', `cannot listen on ${host}:${port}: ${cause.code ?? cause.message}`, {
          hint: cause.code === 'EADDRINUSE' ? 'another port: --port' : 'another address: --host',
          cause,
        }),
      ),
    );
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${bound}`);
    });
  });
}
