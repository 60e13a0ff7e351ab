import { createCryptoSuite } from "@fb/crypto";
import { rpcCall } from "@fb/local-chain";
import { createSenders, type Sender, sign } from "@fb/testkit";
import type { CryptoSuite } from "@fb/types";
import { type BenchChain, startChain } from "./chain.ts";
import { type Observed, type Shot, sendAll, sendAtRate, watch } from "./load.ts";
import { usageOf } from "./process-usage.ts";
import { prepare, type WorkloadName } from "./workload.ts";

export interface BenchOptions {
  readonly nodes: number;
  readonly groups: readonly string[];
  readonly workload: WorkloadName;
  /** Transactions per group in the saturation phase. */
  readonly transactions: number;
  readonly senders: number;
  readonly blockLimit: number;
  /** Whether the nodes encrypt what they keep. */
  readonly encrypted: boolean;
  /** Fractions of the measured saturation at which latency is measured too. */
  readonly rates: readonly number[];
  readonly rateSeconds: number;
  readonly onProgress: (step: string) => void;
}

export interface Phase {
  readonly name: string;
  readonly transactions: number;
  readonly seconds: number;
  readonly txPerSecond: number;
  /** CPU of all node processes for each transaction. */
  readonly cpuMsPerTx: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly blocks: number;
  readonly largestBlock: number;
  readonly rssBytes: number;
}

export interface BenchResult {
  readonly nodes: number;
  readonly groups: readonly string[];
  readonly workload: WorkloadName;
  readonly phases: readonly Phase[];
}

interface GroupLoad {
  readonly id: number;
  readonly senders: readonly Sender[];
  readonly payload: Awaited<ReturnType<typeof prepare>>;
}

/** Starts a chain, loads all its groups at once, measures, stops it. */
export async function runBench(options: BenchOptions): Promise<BenchResult> {
  const suite = await createCryptoSuite();
  options.onProgress(`starting ${options.nodes} node(s), groups ${options.groups.join(" ")}`);
  const chain = await startChain(options);
  try {
    const loads: GroupLoad[] = [];
    for (const id of chain.groups) {
      const senders = createSenders(suite, options.senders, id);
      loads.push({ id, senders, payload: await prepare(options.workload, chain.url(0, id), senders) });
    }
    // Warms up compilers and caches; not measured.
    await phase("warm-up", chain, suite, loads, Math.min(2000, options.transactions), null, options);
    const saturated = await phase("saturation", chain, suite, loads, options.transactions, null, options);
    const phases = [saturated];
    for (const fraction of options.rates) {
      const rate = Math.max(1, (saturated.txPerSecond * fraction) / chain.groups.length);
      phases.push(
        await phase(
          `${Math.round(fraction * 100)} %`,
          chain,
          suite,
          loads,
          Math.ceil(rate * options.rateSeconds),
          rate,
          options,
        ),
      );
    }
    return { nodes: options.nodes, groups: options.groups, workload: options.workload, phases };
  } finally {
    await chain.close();
  }
}

async function phase(
  name: string,
  chain: BenchChain,
  suite: CryptoSuite,
  loads: readonly GroupLoad[],
  perGroup: number,
  rate: number | null,
  options: BenchOptions,
): Promise<Phase> {
  options.onProgress(`${name}: signing ${perGroup} transactions for each group`);
  const prepared = loads.map((load) => ({ ...load, lanes: signLanes(suite, load, perGroup, chain.nodes.length) }));
  options.onProgress(`${name}: loading`);
  const before = usageOf(chain.nodes);
  const started = performance.now();
  const observed = await Promise.all(
    prepared.map(async ({ id, lanes }) => {
      const urls = chain.nodes.map((_, node) => chain.url(node, id));
      const from = Number(await rpcCall(urls[0]!, "eth_blockNumber"));
      const shots = lanes.flat();
      const [seen] = await Promise.all([
        watch(urls[0]!, shots, from, 600_000),
        rate === null ? sendAll(urls, lanes) : sendAtRate(urls, lanes, rate),
      ]);
      return seen;
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const after = usageOf(chain.nodes);
  const shots = prepared.flatMap(({ lanes }) => lanes.flat());
  return summary(name, shots, seconds, after.cpuMs - before.cpuMs, after.rssBytes, observed);
}

/** One lane per node; a sender's transactions stay in one lane and in order. */
function signLanes(suite: CryptoSuite, { id, senders, payload }: GroupLoad, count: number, nodes: number): Shot[][] {
  const lanes: Shot[][] = Array.from({ length: nodes }, () => []);
  for (let i = 0; i < count; i++) {
    const index = i % senders.length;
    const raw = sign(suite, BigInt(65_536 + id), senders[index]!, payload(i));
    const hash = `0x${Buffer.from(suite.hash(raw)).toString("hex")}`;
    lanes[index % nodes]!.push({ raw: `0x${Buffer.from(raw).toString("hex")}`, hash, sentAt: 0, seenAt: 0 });
  }
  return lanes;
}

function summary(
  name: string,
  shots: readonly Shot[],
  seconds: number,
  cpuMs: number,
  rssBytes: number,
  observed: readonly Observed[],
): Phase {
  const latencies = shots.map(({ sentAt, seenAt }) => seenAt - sentAt).sort((a, b) => a - b);
  const at = (quantile: number) => Math.round(latencies[Math.floor((latencies.length - 1) * quantile)] ?? 0);
  return {
    name,
    transactions: shots.length,
    seconds,
    txPerSecond: shots.length / seconds,
    cpuMsPerTx: cpuMs / shots.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    blocks: observed.reduce((sum, { blocks }) => sum + blocks, 0),
    largestBlock: Math.max(...observed.map(({ largestBlock }) => largestBlock)),
    rssBytes,
  };
}
