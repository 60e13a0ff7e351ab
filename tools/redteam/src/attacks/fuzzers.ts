import type { Attack } from "../attack.ts";
import { fuzzPeer } from "../fuzz/fuzz-peer.ts";
import { fuzzRpc } from "../fuzz/fuzz-rpc.ts";
import type { Known } from "../fuzz/rpc-grammar.ts";

export const fuzzers: readonly Attack[] = [
  {
    name: "fuzz-rpc",
    who: "client",
    onlyFirst: true,
    does: "requests over HTTP and WebSocket that are almost right, and looks whether every answer is one",
    endsItself: true,
    async prepare(context) {
      const { messages, seed, targets } = context;
      const url = targets[0]!.rpcUrl;
      return async (signal) => {
        const known: Known = { ...(await knownOf(url)), groups: [1, 2] };
        const report = await fuzzRpc({ url, count: messages, seed, known, signal });
        context.count(`requests of seed ${seed}`, report.sent);
        for (const [outcome, n] of Object.entries(report.outcomes)) context.count(outcome, n);
        context.find(report.faults.length === 0, `faulty answers: ${report.faults.join("\n            ") || "none"}`);
        context.find(report.sent >= messages, `${report.sent} of ${messages} requests sent`);
      };
    },
  },
  {
    name: "fuzz-peer",
    who: "observer",
    does: "what it heard of its group in changed form, and changed frames and handshakes of the network",
    endsItself: true,
    prepare: async (context) => {
      const fuzz = await fuzzPeer(context);
      return (signal) => fuzz(signal);
    },
  },
];

/** Some of what exists in group 1. */
async function knownOf(url: string): Promise<Omit<Known, "groups">> {
  const ask = async (method: string, params: readonly unknown[]) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/group/1`, { method: "POST", headers, body });
    return ((await response.json()) as { result: unknown }).result;
  };
  const head = Number(await ask("eth_blockNumber", []));
  const block = (await ask("eth_getBlockByNumber", [`0x${Math.max(1, head).toString(16)}`, true])) as {
    hash: string;
    transactions: { hash: string; from: string; to: string | null }[];
  };
  const [hashes, addresses] = [[block.hash], [] as string[]];
  for (const { hash, from, to } of block.transactions) {
    hashes.push(hash);
    addresses.push(from, ...(to === null ? [] : [to]));
  }
  return { hashes, addresses, raws: [] };
}
