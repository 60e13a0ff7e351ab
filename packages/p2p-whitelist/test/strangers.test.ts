import { connect, type Socket } from "node:net";
import type { GroupId } from "@fb/types";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { HANDSHAKES } from "../src/limits.ts";
import { connected, createTestChain, type TestChain, type TestNode, WAIT } from "./test-nodes.ts";

let chain: TestChain;
const sockets: Socket[] = [];
beforeAll(async () => {
  chain = await createTestChain();
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => chain.close());

/** A socket that proves nothing. */
async function halfOpen(node: TestNode, bytes: string | null = null): Promise<Socket> {
  const socket = connect(node.address.port, node.address.host);
  sockets.push(socket);
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  if (bytes !== null) socket.write(bytes);
  return socket;
}

const dropped = (node: TestNode, cause: string) => node.metrics.value("fb_p2p_handshakes_dropped_total", { cause });

describe("strangers without a certificate", () => {
  it("are offered the encryption with admission in it, and no other (SPEC 2.1, 2.2)", async () => {
    const node = await chain.start();
    const answerTo = async (protocol: string) => {
      const line = `${protocol}\n`;
      const socket = await halfOpen(node, `\x13/multistream/1.0.0\n${String.fromCharCode(line.length)}${line}`);
      let answer = "";
      socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
      await vi.waitFor(() => expect(answer.split("\n").length).toBeGreaterThan(2), WAIT);
      return answer;
    };
    const greeting = "\x13/multistream/1.0.0\n";
    expect(await answerTo("/noise")).toBe(`${greeting}\x03na\n`);
    expect(await answerTo("/fb/noise/1")).toBe(`${greeting}\x0c/fb/noise/1\n`);
  });

  it("cannot keep peers out by holding connections half-open, known or not", async () => {
    const node = await chain.start();
    for (let i = 0; i < 2 * HANDSHAKES.slots; i++) await halfOpen(node);
    const peer = await chain.start([node]);
    await connected(node, [peer.network.nodeId]);
    expect(dropped(node, "slots")).toBeGreaterThan(HANDSHAKES.slots);
    // From now on the address is known, and the flood goes on from it.
    node.network.reload({ peers: [{ host: "127.0.0.1", port: peer.network.listenPort }] });
    for (let i = 0; i < HANDSHAKES.reserved + 10; i++) await halfOpen(node);
    const other = await chain.start([node]);
    await connected(node, [peer.network.nodeId, other.network.nodeId]);
  });

  it("are cut when they ask for protocols again and again", async () => {
    const node = await chain.start();
    const socket = await halfOpen(node, `\x13/multistream/1.0.0\n${"\x03ls\n".repeat(200)}`);
    await new Promise((resolve) => socket.once("close", resolve));
    expect(dropped(node, "bytes")).toBe(1);
  });
});

describe("an agency with many certificates", () => {
  it("gets a quarter of the places, and cannot keep a member out", async () => {
    const node = await chain.start([], { maxPeers: 4 });
    const greedy = await chain.ca.issueAgency("greedy");
    const join = async (name: string) => chain.start([node], { identity: await greedy.issueNode(name) });
    const first = await join("first");
    await connected(node, [first.network.nodeId]);
    const second = await join("second");
    const said = (one: TestNode) =>
      one.log.lines.filter(({ event }) => event === "refused-by-peer").map(({ fields }) => fields["reason"]);
    await vi.waitFor(() => expect(said(second)).toContain("AGENCY_QUOTA"), WAIT);
    // Others fill what is left.
    const others: TestNode[] = [];
    for (const name of ["b", "c", "d"]) {
      const agency = await chain.ca.issueAgency(`agency-${name}`);
      others.push(await chain.start([node], { identity: await agency.issueNode(name) }));
    }
    await vi.waitFor(() => expect(node.network.peers()).toHaveLength(4), WAIT);
    const sealer = await greedy.issueNode("sealer");
    node.network.group(1 as GroupId, [node.network.nodeId, sealer.nodeId]);
    const late = await chain.start([node], { identity: sealer });
    await vi.waitFor(() => {
      const peers = node.network.peers().map(({ nodeId }) => nodeId);
      expect(peers).toContain(late.network.nodeId);
      expect(peers).toHaveLength(4);
    }, WAIT);
    expect(node.log.lines.filter(({ event }) => event === "peer-evicted")).toHaveLength(1);
    // Who left is told why, and comes back only when there is room.
    const all = [first, ...others];
    await vi.waitFor(() => expect(all.flatMap(said)).toContain("TOO_MANY_PEERS"), WAIT);
  });
});
