import { systemClock } from "@fb/runtime";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestCa, type TestNodeIdentity } from "../src/testing/certificates.ts";
import { connected, createTestChain, type StartOptions, type TestChain, type TestNode, WAIT } from "./test-nodes.ts";

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain();
});
afterAll(() => chain.close());

function reasons(node: TestNode, event: string): unknown[] {
  return node.log.lines.filter((line) => line.event === event).map((line) => line.fields.reason);
}

/** What the listening and the dialing side log when `dialer` meets `listener`. */
async function meet(listener: StartOptions, dialer: StartOptions): Promise<{ listener: TestNode; dialer: TestNode }> {
  const a = await chain.start([], listener);
  const b = await chain.start([a], dialer);
  await vi.waitFor(() => {
    for (const node of [a, b]) {
      const said = [...reasons(node, "peer-refused"), ...reasons(node, "refused-by-peer")];
      if (said.length === 0) throw new RangeError("nothing said yet");
    }
  }, WAIT);
  expect(a.network.peers()).toEqual([]);
  expect(b.network.peers()).toEqual([]);
  return { listener: a, dialer: b };
}

/** One side refuses, the other is told the same reason. */
async function refusal(reason: string, listener: StartOptions, dialer: StartOptions, by: "listener" | "dialer") {
  const nodes = await meet(listener, dialer);
  const other = by === "listener" ? "dialer" : "listener";
  await vi.waitFor(() => expect(reasons(nodes[by], "peer-refused")).toContain(reason), WAIT);
  await vi.waitFor(() => expect(reasons(nodes[other], "refused-by-peer")).toContain(reason), WAIT);
  expect(nodes[by].metrics.value("fb_p2p_admission_refused_total", { by: "self", reason })).toBeGreaterThan(0);
  expect(nodes[other].metrics.value("fb_p2p_admission_refused_total", { by: "peer", reason })).toBeGreaterThan(0);
  return nodes;
}

describe("admission on the network", () => {
  it("connects nodes of one chain, both ways known by name", async () => {
    const a = await chain.start();
    const b = await chain.start([a]);
    await connected(a, [b.network.nodeId]);
    await connected(b, [a.network.nodeId]);
    expect(b.network.peers()).toEqual([
      {
        nodeId: a.network.nodeId,
        address: `127.0.0.1:${a.network.listenPort}`,
        direction: "outbound",
        agency: "agency-a",
        agencyFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        name: expect.stringMatching(/^node/),
        groups: 0,
      },
    ]);
    expect(a.network.peers()[0]).toMatchObject({ nodeId: b.network.nodeId, direction: "inbound" });
  });

  it("tells both sides why a foreign certificate is refused (SPEC 3.1)", async () => {
    const foreign = await createTestCa("foreign");
    const identity = await (await foreign.issueAgency("agency-x")).issueNode("intruder");
    const nodes = await refusal("FOREIGN_CA", {}, { identity, ca: foreign.pem }, "listener");
    // The foreign node finds our certificate as foreign as we find its own.
    expect(reasons(nodes.dialer, "peer-refused")).toContain("FOREIGN_CA");
    const line = nodes.listener.log.lines.find((entry) => entry.event === "peer-refused");
    expect(line?.level).toBe("warn");
    expect(line?.fields).toMatchObject({ peer: identity.nodeId, issuer: expect.stringContaining("CN=foreign") });
  });

  it("tells both sides about chain id, blacklist and whitelist, whoever dials", async () => {
    const [one, two] = (await chain.identities(2)) as [TestNodeIdentity, TestNodeIdentity];
    const lists = { identity: one };
    await refusal("CHAIN_ID", {}, { chainId: 2 }, "listener");
    await refusal("BLACKLISTED", { ...lists, blacklist: [two.nodeId] }, { identity: two }, "listener");
    await refusal("BLACKLISTED", { identity: two }, { ...lists, blacklist: [two.nodeId] }, "dialer");
    await refusal("NOT_WHITELISTED", { ...lists, whitelist: [one.nodeId] }, { identity: two }, "listener");
    await refusal("NOT_WHITELISTED", { identity: two }, { ...lists, whitelist: [one.nodeId] }, "dialer");
  });

  it("tells both sides about an expired certificate", async () => {
    const identity = await chain.agency.issueNode("old", { notAfter: new Date("2024-01-01T00:00:00Z") });
    // The node itself would not start; its clock is wrong.
    const clock = { ...systemClock, now: () => Date.parse("2023-06-01T00:00:00Z") };
    await refusal("CERT_EXPIRED", {}, { identity, clock }, "listener");
  });

  it("bounds the number of peers", async () => {
    const a = await chain.start([], { maxPeers: 1 });
    const b = await chain.start([a]);
    await connected(a, [b.network.nodeId]);
    const c = await chain.start([a]);
    await vi.waitFor(() => expect(reasons(c, "refused-by-peer")).toContain("TOO_MANY_PEERS"), WAIT);
    expect(a.network.peers().map((peer) => peer.nodeId)).toEqual([b.network.nodeId]);
  });

  it("recognises itself and stops dialing itself", async () => {
    const a = await chain.start();
    a.network.reload({ peers: [a.address] });
    await vi.waitFor(() => expect(a.metrics.value("fb_p2p_dials_total", { result: "self" })).toBe(1), WAIT);
    expect(a.network.peers()).toEqual([]);
    expect(a.log.lines.filter((line) => line.level === "warn")).toEqual([]);
  });

  it("keeps one connection when both nodes dial each other at once (SPEC 3.4)", async () => {
    const [one, two] = (await chain.identities(2)) as [TestNodeIdentity, TestNodeIdentity];
    for (let round = 0; round < 5; round++) {
      const a = await chain.start([], { identity: one });
      const b = await chain.start([], { identity: two });
      a.network.reload({ peers: [b.address] });
      b.network.reload({ peers: [a.address] });
      await connected(a, [two.nodeId]);
      await connected(b, [one.nodeId]);
      const channelA = a.network.group(1 as never, [one.nodeId, two.nodeId]);
      const channelB = b.network.group(1 as never, [one.nodeId, two.nodeId]);
      await vi.waitFor(() => expect([channelA.peers(), channelB.peers()]).toEqual([[two.nodeId], [one.nodeId]]), WAIT);
      await a.network.close();
      await b.network.close();
    }
  });

  it("refuses to listen on a port in use, by name", async () => {
    const a = await chain.start();
    await expect(chain.start([], { listen: a.address })).rejects.toMatchObject({
      code: "LISTEN_FAILED",
      fields: a.address,
    });
  });

  it("dials host names", async () => {
    const a = await chain.start();
    const b = await chain.start([{ host: "localhost", port: a.network.listenPort }]);
    await connected(b, [a.network.nodeId]);
  });
});

describe("reload (SPEC 3.5)", () => {
  it("closes live connections that no longer qualify and tells the peer, and lets them back in later", async () => {
    const a = await chain.start();
    const b = await chain.start([a]);
    const c = await chain.start([a]);
    await connected(a, [b.network.nodeId, c.network.nodeId]);
    a.network.reload({ blacklist: [b.network.nodeId] });
    await connected(a, [c.network.nodeId]);
    await vi.waitFor(() => expect(reasons(b, "refused-by-peer")).toContain("BLACKLISTED"), WAIT);
    expect(a.log.lines).toContainEqual(
      expect.objectContaining({
        event: "peer-no-longer-admitted",
        fields: { peer: b.network.nodeId, reason: "BLACKLISTED" },
      }),
    );
    a.network.reload({ blacklist: [], whitelist: [b.network.nodeId] });
    await connected(a, [b.network.nodeId]);
  });

  it("takes a new chain CA and closes peers of the old one", async () => {
    const next = await createTestCa("next");
    const a = await chain.start();
    const b = await chain.start([a]);
    await connected(a, [b.network.nodeId]);
    expect(() => a.network.reload({ ca: next.pem })).toThrow(expect.objectContaining({ code: "CERTIFICATE_INVALID" }));
    expect(a.network.peers()).toHaveLength(1);
    const again = await next.issueNode("a-again");
    expect(() => a.network.reload({ ca: next.pem, cert: again.cert })).toThrow(/node key/);
    expect(a.network.peers()).toHaveLength(1);
  });

  it("begins to keep a new static peer", async () => {
    const a = await chain.start();
    const b = await chain.start();
    b.network.reload({ peers: [a.address] });
    await connected(b, [a.network.nodeId]);
  });
});
