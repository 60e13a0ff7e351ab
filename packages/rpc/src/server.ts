import type { AddressInfo } from "node:net";
import type { Clock, Logger, MetricsRegister } from "@fb/runtime";
import { type CryptoSuite, FbError } from "@fb/types";
import type { Client } from "./client.ts";
import { createDispatcher } from "./dispatcher.ts";
import { resolveEndpoint } from "./endpoint.ts";
import { FilterStore } from "./filters.ts";
import { createHttp } from "./http.ts";
import type { RpcServices } from "./method.ts";
import { methodTable } from "./methods/table.ts";
import { rpcMetrics } from "./metrics.ts";
import type { Probes } from "./operator-probes.ts";
import { DEFAULT_SUBMIT_WAIT_MS, type RpcServerOptions, resolveLimits } from "./options.ts";
import { PendingWatch } from "./pending-watch.ts";
import type { GroupDirectory } from "./ports.ts";
import { SocketServer } from "./sockets.ts";
import { SubmitWaits } from "./submit-wait.ts";
import { Submitter } from "./submitter.ts";
import { SubscriptionHub } from "./subscriptions.ts";
import { WorkBudget } from "./work-budget.ts";

export interface RpcServerDeps {
  readonly groups: GroupDirectory;
  readonly suite: CryptoSuite;
  readonly probes: Probes;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegister;
}

export interface RpcServer {
  /** Listens. Rejects with RPC_LISTEN_FAILED naming the address. Calling again returns the same address. */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /** Cuts all connections and stops listening. Idempotent. */
  close(): Promise<void>;
}

/**
 * JSON-RPC over HTTP and WebSocket for the groups of a directory (SPEC.md). Throws RPC_OPTIONS for a bad limit. It may
 * run in a worker thread: everything it needs of a group goes through `deps.groups`.
 */
export function createRpcServer(options: RpcServerOptions, deps: RpcServerDeps): RpcServer {
  const { groups, suite, clock, log } = deps;
  const limits = resolveLimits(options.limits);
  const metrics = rpcMetrics(deps.metrics);
  const corsOrigins = options.corsOrigins ?? [];
  const operator = options.operator ?? false;
  const onError = (error: unknown) => log.warn("rpc-subscription-failed", { error });
  const pending = new PendingWatch(onError);
  const filters = new FilterStore(limits, clock, pending);
  const subscriptions = new SubscriptionHub(suite, limits, pending, onError);
  const submitWaits = new SubmitWaits(
    { waitMs: options.submitWaitMs ?? DEFAULT_SUBMIT_WAIT_MS, busySubmits: limits.busySubmits },
    clock,
    metrics,
    (error) => log.debug("rpc-submit-wait-failed", { error }),
  );
  const services: RpcServices = {
    suite,
    directory: groups,
    limits,
    clock,
    clientVersion: options.clientVersion,
    budget: new WorkBudget(limits.maxWorkPerGroup),
    submitter: new Submitter(),
    submitWaits,
    filters,
    subscriptions,
  };
  const resolve = (url: string, client: Client) => resolveEndpoint(url, services, options.defaultGroup, client);
  const dispatcher = createDispatcher({ table: methodTable(operator), limits, log, metrics, clock });
  const http = createHttp({
    dispatcher,
    limits,
    metrics,
    probes: deps.probes,
    operator,
    corsOrigins,
    resolve,
  });
  const sockets = new SocketServer({
    dispatcher,
    subscriptions,
    limits,
    metrics,
    clock,
    log,
    corsOrigins,
    resolve,
  });
  http.server.on("upgrade", (request, stream, head) => sockets.upgrade(request, stream, head));

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
    filters.start();
    sockets.start();
    const stopEvents = groups.onEvent((event) => {
      submitWaits.onEvent(event);
      filters.onEvent(event);
      subscriptions.onEvent(event);
    });
    const stopGauges = clock.every(5_000, () => {
      metrics.filters.set(filters.size);
      metrics.subscriptions.set(subscriptions.size);
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
    await http.close();
  };
  return {
    async start() {
      const { host, port } = await (started ??= listen());
      return { host, port };
    },
    close: () => (closed ??= shut()),
  };
}
