import { type Clock, systemClock } from "@fb/runtime";
import { createCapturingLogger, createSeededRng } from "@fb/runtime/testing";
import type { NodeId } from "@fb/types";
import { vi } from "vitest";
import { createNetwork, type Network, type NetworkOptions, type PeerAddress } from "../src/index.ts";
import { createTestCa, type TestAuthority, type TestNodeIdentity } from "../src/testing/certificates.ts";
import { type CountingMetrics, createCountingMetrics } from "./counting-metrics.ts";

export const WAIT = { timeout: 20_000, interval: 5 };

export interface TestNode {
  readonly network: Network;
  readonly log: ReturnType<typeof createCapturingLogger>;
  readonly metrics: CountingMetrics;
  readonly identity: TestNodeIdentity;
  readonly address: PeerAddress;
}

export interface TestChain {
  readonly ca: TestAuthority;
  readonly agency: TestAuthority;
  /** A started node on a free loopback port that keeps connections to `peers`. */
  start(peers?: readonly (TestNode | PeerAddress)[], options?: StartOptions): Promise<TestNode>;
  /** Node identities sorted by node id. */
  identities(count: number): Promise<TestNodeIdentity[]>;
  close(): Promise<void>;
}

export type StartOptions = Partial<NetworkOptions> & { identity?: TestNodeIdentity; clock?: Clock };

const LOOPBACK = { host: "127.0.0.1", port: 0 };
let nodes = 0;

export async function createTestChain(): Promise<TestChain> {
  const ca = await createTestCa();
  const agency = await ca.issueAgency("agency-a");
  const started: Network[] = [];
  return {
    ca,
    agency,
    async identities(count) {
      const list = await Promise.all(Array.from({ length: count }, (_, i) => agency.issueNode(`node${i}`)));
      return list.sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
    },
    async start(peers = [], options = {}) {
      const { clock = systemClock, identity = await agency.issueNode(`node${nodes}`), ...rest } = options;
      const log = createCapturingLogger();
      const metrics = createCountingMetrics();
      const network = createNetwork(
        {
          privateKey: identity.privateKey,
          chainId: 1,
          listen: LOOPBACK,
          peers: peers.map((peer) => ("address" in peer ? peer.address : peer)),
          blacklist: [],
          whitelist: [],
          ca: ca.pem,
          cert: identity.cert,
          ...rest,
        },
        { clock, rng: createSeededRng(nodes++), log, metrics },
      );
      started.push(network);
      await network.start();
      return { network, log, metrics, identity, address: { host: "127.0.0.1", port: network.listenPort } };
    },
    async close() {
      await Promise.all(started.splice(0).map((network) => network.close()));
    },
  };
}

export async function connected(node: TestNode, peers: readonly NodeId[]): Promise<void> {
  const wanted = [...peers].sort();
  await vi.waitFor(() => {
    const got = node.network.peers().map((peer) => peer.nodeId);
    if (got.join() !== wanted.join()) throw new RangeError(`has ${got.length} of ${wanted.length} peers`);
  }, WAIT);
}
