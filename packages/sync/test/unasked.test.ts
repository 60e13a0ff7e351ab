import { createSeededRng } from "@fb/runtime/testing";
import { encodeBlock, encodeCertificate, type GroupChannel, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { DEFAULT_SYNC_OPTIONS } from "../src/index.ts";
import { PROTOCOL, wire } from "../src/wire.ts";
import { blockAnswer, createTestNetwork, keyed, makeHistory, members, suite, txAnswer } from "./fixture.ts";

const four = members([0, 1, 2, 3], [4, 5]);
const history = makeHistory(60, () => four);

/** Faults that a node reported, as peer index and code, each once. */
function faultsOf(net: ReturnType<typeof createTestNetwork>, by: string): string[] {
  const index = (peer: string) => keyed.findIndex(({ id }) => id === peer);
  const mine = net.network.reports.filter((report) => report.by === by);
  return [...new Set(mine.map(({ peer, code }) => `${index(peer)} ${code}`))];
}

function status(channel: GroupChannel, height: number): void {
  const { genesisHash } = history;
  const told = { protocol: PROTOCOL, genesis_hash: genesisHash, height, head_hash: genesisHash, rules_version: 1 };
  channel.broadcast("sync", wire.encode("SyncMessage", { status: told }));
}

describe("answers that nobody asked for (SPEC 3.6)", () => {
  it("do not keep a node from its blocks, and only their sender is blamed", async () => {
    const net = createTestNetwork();
    for (const i of [0, 1, 2]) net.add(i, history, 60);
    const victim = net.add(4, history, 0);
    const liar = net.stranger(5);
    const rng = createSeededRng(3);
    net.clock.every(2, () => {
      for (let id = 1; id <= 60; id++) {
        liar.send(victim.id, "sync", blockAnswer(id, []));
        liar.send(victim.id, "sync", blockAnswer(rng.below(2 ** 48), []));
      }
    });
    await net.clock.advanceAsync(300);
    expect(victim.chain.height).toBe(60);
    expect(faultsOf(net, victim.id)).toEqual(["5 RESPONSE_UNASKED"]);
    await net.close();
  });

  it("are dropped even when they show an id that another member was sent", async () => {
    const net = createTestNetwork();
    net.add(0, history, 60);
    const victim = net.add(4, history, 0);
    const liar = net.stranger(5);
    net.network.setFilter(({ from, payload }) => {
      const asked = from === victim.id ? wire.decode("SyncMessage", payload)?.block_request : null;
      if (asked) liar.send(victim.id, "sync", blockAnswer(asked.id, []));
      return true;
    });
    await net.clock.advanceAsync(100);
    expect(victim.chain.height).toBe(60);
    expect(faultsOf(net, victim.id)).toEqual(["5 RESPONSE_UNASKED"]);
    await net.close();
  });

  it("are not parsed", async () => {
    const net = createTestNetwork();
    const victim = net.add(4, history, 0);
    const liar = net.stranger(5);
    await net.clock.advanceAsync(10);
    const garbage = new Uint8Array(100).fill(0xff);
    liar.send(victim.id, "sync", wire.encode("SyncMessage", { block_response: { id: 1, items: garbage } }));
    liar.send(victim.id, "txs", wire.encode("TxsMessage", { response: { id: 1, txs: garbage } }));
    await net.clock.advanceAsync(10);
    expect(net.network.reports.map(({ code }) => code)).toEqual(["RESPONSE_UNASKED", "RESPONSE_UNASKED"]);
    await net.close();
  });

  it("include those over a new connection to what was asked over an old one", async () => {
    const net = createTestNetwork();
    const victim = net.add(4, history, 0);
    const first = net.stranger(0);
    let asked: number | undefined;
    first.onMessage("sync", (_, payload) => {
      asked ??= wire.decode("SyncMessage", payload)?.block_request?.id;
    });
    await net.clock.advanceAsync(10);
    status(first, 60);
    await net.clock.advanceAsync(10);
    expect(asked).toBeDefined();
    await first.close();
    await net.clock.advanceAsync(10);
    const again = net.stranger(0);
    await net.clock.advanceAsync(10);
    const items = history.blocks.slice(1).map((block, i) => ({
      block: encodeBlock(block),
      certificate: encodeCertificate(history.certificates[i + 1]!),
    }));
    again.send(victim.id, "sync", blockAnswer(asked!, items));
    await net.clock.advanceAsync(10);
    expect(victim.chain.height).toBe(0);
    expect(faultsOf(net, victim.id)).toEqual(["0 RESPONSE_UNASKED"]);
    await net.close();
  });

  it("never come from a correct member: neither late answers nor those of a broken connection count as such", async () => {
    const net = createTestNetwork();
    const server = net.add(0, history, 60);
    const node = net.add(4, history, 0, { requestTimeoutMs: 500 });
    let open = (): void => undefined;
    server.chain.gate = new Promise((resolve) => {
      open = resolve;
    });
    await net.clock.advanceAsync(3_000);
    expect(faultsOf(net, node.id)).toEqual(["0 REQUEST_TIMEOUT"]);
    net.network.partition([server.id], [node.id]);
    await net.clock.advanceAsync(10);
    net.network.heal();
    open();
    await net.clock.advanceAsync(3_000);
    expect(node.chain.height).toBe(60);
    expect(faultsOf(net, node.id)).toEqual(["0 REQUEST_TIMEOUT"]);
    await net.close();
  });

  it("do not end a fetch of transactions", async () => {
    const net = createTestNetwork();
    const source = net.add(0, history, 1);
    const node = net.add(1, history, 1);
    const liar = net.stranger(5);
    await net.clock.advanceAsync(10);
    // Offered by hash on the next beat, and asked for.
    const txs = [Uint8Array.of(1, 2, 3)];
    await source.pool.submit(txs, "peer");
    net.network.setFilter(({ from, payload }) => {
      const asked = from === node.id && wire.decode("TxsMessage", payload)?.request;
      if (asked) for (let id = 0; id < 100; id++) liar.send(node.id, "txs", txAnswer(id, []));
      return true;
    });
    await net.clock.advanceAsync(2 * DEFAULT_SYNC_OPTIONS.announceMs + 20);
    expect(node.pool.received).toEqual(txs.map((raw) => toHex(suite.hash(raw))));
    expect(faultsOf(net, node.id)).toEqual(["5 RESPONSE_UNASKED"]);
    await net.close();
  });
});
