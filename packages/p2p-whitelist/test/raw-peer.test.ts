import { concatBytes, toHex } from "@fb/types";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connectRaw, YAMUX_FLAG, YAMUX_FRAME, yamuxFrame } from "../src/testing/index.ts";
import { connected, createTestChain, type TestChain, WAIT } from "./test-nodes.ts";

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain();
});
afterAll(() => chain.close());

describe("raw peer", () => {
  it("is admitted and speaks yamux by hand", async () => {
    const node = await chain.start();
    const identity = await chain.agency.issueNode("raw");
    const peer = await connectRaw({ ...node.address, ...identity, ca: chain.ca.pem, chainId: 1 });
    await connected(node, [identity.nodeId]);
    const seen: Uint8Array[] = [];
    peer.onData((bytes) => seen.push(bytes));
    // The node opens its control stream, number 2, and names the protocol of streams.
    await vi.waitFor(() => {
      expect(toHex(concatBytes(...seen))).toMatch(/^000100010000000200000000/);
    }, WAIT);
    peer.send(yamuxFrame(YAMUX_FRAME.windowUpdate, YAMUX_FLAG.syn, 1, 0));
    peer.send(yamuxFrame(YAMUX_FRAME.windowUpdate, YAMUX_FLAG.rst, 1, 0));
    expect(peer.isOpen).toBe(true);
    await peer.close();
    await peer.closed;
    await connected(node, []);
  });

  it("rejects when it is refused", async () => {
    const node = await chain.start([], { chainId: 2 });
    const identity = await chain.agency.issueNode("raw");
    await expect(connectRaw({ ...node.address, ...identity, ca: chain.ca.pem, chainId: 1 })).rejects.toThrow(
      /CHAIN_ID/,
    );
  });
});
