import { queryObjects } from "node:v8";
import { collectGarbage } from "@fb/runtime";
import { AbstractMessageStream } from "@libp2p/utils";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { connectRaw, YAMUX_FLAG, YAMUX_FRAME, yamuxFrame } from "../src/testing/index.ts";
import { connected, createTestChain, type TestChain, WAIT } from "./test-nodes.ts";

const ROUNDS = 12;
/** The last connection may still lie in a variable of somebody's: TCP, noise and two streams at each side. */
const LAST_ONE = 8;
const { windowUpdate, ping } = YAMUX_FRAME;
const { syn } = YAMUX_FLAG;

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain();
});
afterAll(() => chain.close());

/** Connections of both sides and their streams, those of TCP, of noise and of yamux alike. */
function streams(): number {
  collectGarbage();
  return queryObjects(AbstractMessageStream, { format: "count" });
}

describe("a connection that has ended (SPEC 6.2)", () => {
  it("leaves nothing behind, whoever ended it and whatever was under way", async () => {
    const node = await chain.start();
    const before = streams();
    const identity = await chain.agency.issueNode("restless");
    const come = async (end: "cut" | "left") => {
      const peer = await connectRaw({ ...node.address, ...identity, ca: chain.ca.pem, chainId: 1 });
      await connected(node, [identity.nodeId]);
      // A stream whose protocol is not agreed on, then half of a frame.
      peer.send(yamuxFrame(windowUpdate, syn, 1, 0));
      peer.send(yamuxFrame(windowUpdate, syn, 3, 0).subarray(0, 7));
      if (end === "cut") {
        peer.send(yamuxFrame(windowUpdate, syn, 3, 0).subarray(7));
        peer.send(yamuxFrame(ping, syn, 0, 1));
        await peer.closed;
      }
      await peer.close();
      await connected(node, []);
    };
    for (let i = 0; i < ROUNDS; i++) await come(i % 2 === 0 ? "cut" : "left");
    await vi.waitFor(() => expect(streams()).toBeLessThanOrEqual(before + LAST_ONE), WAIT);
    expect(node.metrics.value("fb_p2p_shed_total", { cause: "ping" })).toBe(ROUNDS / 2);
  });
});
