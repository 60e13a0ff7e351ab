import { type SoloGroup, suite } from "@fb/ledger/testing";
import { type Clock, type Logger, type MetricsRegister, noMetrics, silentLogger, systemClock } from "@fb/runtime";
import type { ThreadUse } from "../admission/client-time.ts";
import type { RpcServerOptions } from "../options.ts";
import { createRpcServer, type RpcServer } from "../server.ts";
import { TestDirectory } from "./test-directory.ts";

export interface TestServer {
  readonly url: string;
  readonly wsUrl: string;
  readonly server: RpcServer;
  readonly directory: TestDirectory;
  /** Closes the server, and then its groups. */
  close(): Promise<void>;
}

export interface TestServerDeps {
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly metrics?: MetricsRegister;
  readonly threadUse?: () => ThreadUse;
}

/** A listening server over groups in memory, on a free port. */
export async function startTestServer(
  groups: readonly SoloGroup[],
  options: Partial<RpcServerOptions> = {},
  { clock = systemClock, log = silentLogger, metrics = noMetrics, ...others }: TestServerDeps = {},
): Promise<TestServer> {
  const directory = new TestDirectory(groups);
  const server = createRpcServer(
    { host: "127.0.0.1", port: 0, clientVersion: "fb/0.1.0/test/node", ...options },
    { groups: directory, node: directory, metricsText: async () => "fb_up 1\n", suite, clock, log, metrics, ...others },
  );
  const { host, port } = await server.start();
  return {
    url: `http://${host}:${port}`,
    wsUrl: `ws://${host}:${port}`,
    server,
    directory,
    async close() {
      await server.close();
      await directory.close();
    },
  };
}
