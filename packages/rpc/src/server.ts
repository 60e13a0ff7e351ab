import type { AddressInfo, Socket } from "node:net";
import { createQuotaLogger, type LogFields } from "@fb/runtime";
import { FbError } from "@fb/types";
import type { Client } from "./admission/client.ts";
import { ClientTime, createThreadUse } from "./admission/client-time.ts";
import { Shares } from "./admission/shares.ts";
import { ThreadTurns } from "./admission/thread-turns.ts";
import { WhoMayAsk } from "./admission/who-may-ask.ts";
import { createDispatcher } from "./dispatch/dispatcher.ts";
import type { RpcServices } from "./methods/method.ts";
import { methodTable } from "./methods/table.ts";
import { rpcMetrics } from "./metrics.ts";
import { DEFAULT_SUBMIT_WAIT_MS, type RpcServerOptions, resolveLimits } from "./options.ts";
import type { RpcServerDeps } from "./ports.ts";
import { SubmitWaits } from "./submissions/submit-wait.ts";
import { Submitter } from "./submissions/submitter.ts";
import { FilterStore } from "./subscriptions/filters.ts";
import { PendingWatch } from "./subscriptions/pending-watch.ts";
import { SubscriptionHub } from "./subscriptions/subscriptions.ts";
import { Bodies } from "./transport/bodies.ts";
import { Connections } from "./transport/connections.ts";
import { resolveEndpoint } from "./transport/endpoint.ts";
import { createHttp } from "./transport/http.ts";
import { SocketServer } from "./transport/sockets.ts";

/** Lines of the log that clients may cause in a minute. */
const CLIENT_LINES = { perSource: 10, total: 60, source: ({ address }: LogFields) => String(address) };

export interface RpcServer {
  /** Listens. Rejects with RPC_LISTEN_FAILED naming the address. Calling again returns the same address. */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * Memory is short: 1 and more, as the memory alarm of the runtime counts; 0 = no longer. What may be large is refused
   * as busy then, and clients that do not read are cut sooner.
   */
  shed(level: number): void;
  /** Cuts all connections and stops listening, after `closeMs` at the latest. Idempotent. */
  close(): Promise<void>;
}

/**
 * JSON-RPC over HTTP and WebSocket for the groups of a directory (SPEC.md). Throws RPC_OPTIONS for a bad limit. It may
 * run in a worker thread: everything it needs of a group goes through `deps.groups`, of the node through `deps.node`.
 */
export function createRpcServer(options: RpcServerOptions, deps: RpcServerDeps): RpcServer {
  const { groups, node, metricsText, suite, clock, log, threadUse = createThreadUse() } = deps;
  const limits = resolveLimits(options.limits);
  const metrics = rpcMetrics(deps.metrics);
  const { host, hosts = [], corsOrigins = [], operator = false, clientVersion } = options;
  const onError = (error: unknown) => log.warn("rpc-subscription-failed", { error });
  const pending = new PendingWatch(onError);
  const shares = new Shares(limits, clock, metrics);
  const onHeld = () => metrics.held.inc();
  const time = new ClientTime({ clock, threadUse, onHeld });
  const turns = new ThreadTurns(time);
  const filters = new FilterStore(limits, clock, pending, shares.kept);
  const subscriptions = new SubscriptionHub(suite, limits, pending, shares.kept, onError);
  const submitWaits = new SubmitWaits(
    { waitMs: options.submitWaitMs ?? DEFAULT_SUBMIT_WAIT_MS, busySubmits: limits.busySubmits },
    clock,
    metrics,
    (error) => log.debug("rpc-submit-wait-failed", { error }),
  );
  const services: RpcServices = {
    suite,
    directory: groups,
    node,
    limits,
    clock,
    clientVersion,
    shares,
    turns,
    submitter: new Submitter(shares),
    submitWaits,
    filters,
    subscriptions,
  };
  const resolve = (url: string, client: Client) => resolveEndpoint(url, services, options.defaultGroup, client);
  const dispatcher = createDispatcher({ table: methodTable(operator), limits, log, metrics, clock, turns });
  const whoMayAsk = new WhoMayAsk({ host, hosts, corsOrigins });
  const bodies = new Bodies(limits, clock, metrics);
  const shared = { dispatcher, limits, metrics, shares, bodies, whoMayAsk, resolve };
  const probes = { node, clientVersion, metricsText, operator };
  const http = createHttp({ ...shared, ...probes, turns, corsOrigins, connections: () => connections });
  const clientLog = createQuotaLogger(log, CLIENT_LINES, { clock, metrics: deps.metrics });
  const isShort = () => shares.answers.isShort;
  const connections = new Connections(http.server, { limits, clock, metrics, log: clientLog, isShort, turns });
  const sockets = new SocketServer({ ...shared, subscriptions, clock, log: clientLog, connections });
  http.server.on("upgrade", (request, stream, head) => sockets.upgrade(request, stream as Socket, head));

  const listen = async () => {
    try {
      await http.listen({ host: options.host, port: options.port });
    } catch (cause) {
      const { host, port } = options;
      throw new FbError(
        "RPC_LISTEN_FAILED",
        `cannot listen on ${host}:${port}: ${String(cause)}`,
        { host, port },
        cause,
      );
    }
    for (const part of [filters, sockets, connections, bodies, time]) part.start();
    const stopEvents = groups.onEvent((event) => {
      submitWaits.onEvent(event);
      filters.onEvent(event);
      subscriptions.onEvent(event);
    });
    const stopGauges = clock.every(5_000, () => {
      metrics.filters.set(filters.size);
      metrics.subscriptions.set(subscriptions.size);
      metrics.connections.set(connections.size);
      metrics.answerBytes.set(shares.answers.held);
      metrics.bodyBytes.set(bodies.held);
    });
    const { address, port } = http.server.address() as AddressInfo;
    log.info("rpc-listening", { host: address, port });
    return { host: address, port, stop: [stopEvents, stopGauges] };
  };

  let started: ReturnType<typeof listen> | null = null;
  let closed: Promise<void> | null = null;
  const shut = async () => {
    for (const stop of (await started?.catch(() => null))?.stop ?? []) stop();
    submitWaits.close();
    sockets.close();
    filters.close();
    bodies.close();
    time.close();
    // Answers under way are given time, but nothing that a client or a group does holds this up.
    await new Promise<void>((resolve) => {
      const stopTimer = clock.after(limits.closeMs, resolve);
      void http.close().finally(() => {
        stopTimer();
        resolve();
      });
    });
    connections.close();
    clientLog.close();
  };
  return {
    async start() {
      const { host, port } = await (started ??= listen());
      return { host, port };
    },
    shed: (level) => shares.answers.suspend(level > 0),
    close: () => (closed ??= shut()),
  };
}
