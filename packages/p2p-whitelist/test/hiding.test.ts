import { systemClock } from "@fb/runtime";
import { concatBytes, type GroupId, toHex } from "@fb/types";
import { privateKeyFromRaw } from "@libp2p/crypto/keys";
import type { ConnectionEncrypter, MessageStream, SecuredConnection, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { createLibp2p } from "libp2p";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createAdmission } from "../src/admission/admission.ts";
import { admissionEncrypter } from "../src/admission/encrypter.ts";
import { encodeOpen } from "../src/channel/frames.ts";
import { createFrameReader } from "../src/guard/frame-reader.ts";
import { decodeFrameHeader } from "../src/guard/yamux-frames.ts";
import { addressToMultiaddr } from "../src/host/libp2p-host.ts";
import { channelProtocol } from "../src/index.ts";
import { LIMITS } from "../src/limits.ts";
import { createTestChain, type TestChain, type TestNode, WAIT } from "./test-nodes.ts";

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain();
});
afterAll(() => chain.close());

/** An admitted node that opens streams by hand and records every decrypted byte the other side sends. */
async function createProbe(target: TestNode) {
  const identity = await chain.agency.issueNode("probe");
  const admission = createAdmission(
    { ca: chain.ca.pem, cert: identity.cert, blacklist: [], whitelist: [] },
    { nodeId: identity.nodeId, chainId: 1 },
    systemClock,
  );
  let seen: Uint8Array[] = [];
  const record = (stream: MessageStream) => {
    stream.addEventListener("message", (event) => seen.push(event.data.subarray().slice()));
  };
  const createEncrypter = admissionEncrypter(
    { hello: admission.hello, judge: admission.judge, begun() {}, proved() {}, admitted() {}, refused() {} },
    systemClock,
  );
  const encrypter = (components: Parameters<typeof createEncrypter>[0]): ConnectionEncrypter => {
    const inner = createEncrypter(components);
    const watch = (secured: SecuredConnection) => {
      record(secured.connection);
      return secured;
    };
    return {
      protocol: inner.protocol,
      secureInbound: async (stream, options) => watch(await inner.secureInbound(stream, options)),
      secureOutbound: async (stream, options) => watch(await inner.secureOutbound(stream, options)),
    };
  };
  const host = await createLibp2p({
    privateKey: privateKeyFromRaw(identity.privateKey),
    transports: [tcp()],
    connectionEncrypters: [encrypter],
    streamMuxers: [yamux({ enableKeepAlive: false, streamOptions: { initialStreamWindowSize: LIMITS.windowBytes } })],
    connectionMonitor: { enabled: false },
  });
  const connection = await host.dial(addressToMultiaddr(target.address));
  await vi.waitFor(() => expect(target.network.peers()).toHaveLength(1), WAIT);
  return {
    nodeId: identity.nodeId,
    stop: () => host.stop(),
    /** Whether the other side agrees on a protocol for a stream. */
    async agrees(protocol: string): Promise<boolean> {
      try {
        (await connection.newStream(protocol)).abort(new RangeError("asked"));
        return true;
      } catch (error) {
        expect(error).toMatchObject({ name: "UnsupportedProtocolError" });
        return false;
      }
    },
    /** Opens a stream, sends `frame` and returns all bytes that came back on the connection, stream ids taken out. */
    async ask(frame: Uint8Array): Promise<{ answer: string; end: string; milliseconds: number }> {
      const stream = await connection.newStream(channelProtocol(1));
      seen = [];
      const began = performance.now();
      const end = new Promise<string>((resolve) => {
        stream.addEventListener("close", (event) => resolve(event.error?.name ?? "closed"));
        stream.addEventListener("message", () => resolve("answered"));
      });
      stream.send(frame);
      const how = await end;
      const milliseconds = performance.now() - began;
      const answer = maskStream(concatBytes(...seen), stream);
      stream.abort(new RangeError("asked"));
      return { answer, end: how, milliseconds };
    },
  };
}

/** Hex of the yamux frames of this stream, with its id replaced, since ids count up. */
function maskStream(bytes: Uint8Array, stream: Stream): string {
  const reader = createFrameReader();
  reader.push(bytes);
  let answer = "";
  for (let frame = reader.next(() => true); frame !== null; frame = reader.next(() => true)) {
    if (decodeFrameHeader(frame).streamId !== Number(stream.id)) continue;
    answer += `${toHex(frame.subarray(0, 4))}<stream>${toHex(frame.subarray(8))}`;
  }
  return answer;
}

const open = (groupId: number, module: "consensus" | "sync" | "txs" = "sync") =>
  encodeOpen({ type: "channel", groupId, module });

describe("hiding (SPEC 5.1)", () => {
  it("answers for a foreign, a stopped, an unknown group and for nonsense byte for byte alike", async () => {
    const node = await chain.start();
    const other = await chain.agency.issueNode("other");
    const members = [node.network.nodeId, other.nodeId];
    node.network.group(1 as GroupId, members);
    const stopped = node.network.group(2 as GroupId, members);
    const probe = await createProbe(node);
    const own = node.network.group(3 as GroupId, [node.network.nodeId, probe.nodeId]);
    await stopped.close();

    const before = node.metrics.value("fb_p2p_channel_refused_total");
    const frames: Record<string, Uint8Array> = {
      unknown: open(4711),
      unknownToo: open(32767, "txs"),
      foreign: open(1),
      foreignConsensus: open(1, "consensus"),
      stopped: open(2),
      badModule: Uint8Array.of(1, 9, 0, 1, 0, 0, 0, 0),
      badVersion: Uint8Array.of(7, 2, 0, 1, 0, 0, 0, 0),
      groupZero: Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0),
    };
    const answers: Record<string, string> = {};
    for (const [name, frame] of Object.entries(frames)) {
      const { answer, end } = await probe.ask(frame);
      answers[name] = answer;
      expect([name, end]).toEqual([name, "StreamResetError"]);
    }
    // The reset, and nothing else.
    expect(answers["unknown"]).toBe("00010008<stream>00000000");
    for (const [name, answer] of Object.entries(answers)) expect([name, answer]).toEqual([name, answers["unknown"]]);
    expect(node.metrics.value("fb_p2p_channel_refused_total") - before).toBe(Object.keys(frames).length);

    // The test can tell the difference: an own group answers otherwise.
    const admitted = await probe.ask(open(3));
    expect(admitted.end).toBe("answered");
    expect(admitted.answer).not.toBe(answers["unknown"]);
    await own.close();
    await probe.stop();
  });

  it("reads the same number of bytes before it refuses", async () => {
    const node = await chain.start();
    node.network.group(1 as GroupId, [node.network.nodeId]);
    const probe = await createProbe(node);
    for (const group of [1, 99]) {
      const withMore = await probe.ask(concatBytes(open(group), new Uint8Array(100)));
      expect(withMore.end).toBe("StreamResetError");
      expect(withMore.answer).toMatch(/00010008<stream>00000000$/);
    }
    await probe.stop();
  });

  it("takes the same time for a foreign and for an unknown group", async () => {
    const node = await chain.start();
    node.network.group(1 as GroupId, [node.network.nodeId]);
    const probe = await createProbe(node);
    const times: Record<"foreign" | "unknown", number[]> = { foreign: [], unknown: [] };
    for (let i = 0; i < 60; i++) {
      times.foreign.push((await probe.ask(open(1))).milliseconds);
      times.unknown.push((await probe.ask(open(99))).milliseconds);
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
    const ratio = median(times.foreign) / median(times.unknown);
    // Interleaved pairs; a disk read or a signature check on one path would show as a factor.
    expect(ratio).toBeGreaterThan(0.4);
    expect(ratio).toBeLessThan(2.5);
    await probe.stop();
  });

  it("speaks one protocol, which names the chain and no group (SPEC 2.5, 5.2)", async () => {
    const node = await chain.start();
    const probe = await createProbe(node);
    node.network.group(3 as GroupId, [node.network.nodeId, probe.nodeId]);
    expect(channelProtocol(1)).toBe("/fb/1/channel/1");
    expect(await probe.agrees("/fb/1/channel/1")).toBe(true);
    for (const other of ["/fb/1/channel/1/3", "/fb/2/channel/1", "/ipfs/ping/1.0.0", "/ipfs/id/1.0.0"]) {
      expect([other, await probe.agrees(other)]).toEqual([other, false]);
    }
    await probe.stop();
  });
});
