import { TABLES } from "@fb/storage-amdb";
import { toHex } from "@fb/types";
import { Interface } from "ethers";
import { beforeEach, describe, expect, it } from "vitest";
import { readMembers } from "../src/index.ts";
import { ADMIN, CONSENSUS, encode, HEIGHT, node, TestGroup } from "./group.ts";

const utf8 = new TextEncoder();
let group: TestGroup;
beforeEach(() => {
  group = new TestGroup();
});

describe("Consensus", () => {
  it("SPEC 1.4, 1.5, 5.3: adds, promotes, demotes and removes", async () => {
    expect(await group.send(CONSENSUS, ADMIN, "addSealer", node("d"))).toBe(1n);
    expect(await group.send(CONSENSUS, ADMIN, "addSealer", node("c"))).toBe(1n);
    expect(await group.send(CONSENSUS, ADMIN, "addObserver", node("a"))).toBe(1n);
    expect(await group.send(CONSENSUS, ADMIN, "remove", node("b"))).toBe(1n);
    expect(readMembers(group.overlay)).toEqual({ sealers: [node("c"), node("d")], observers: [node("a")] });
    const written = group.overlay.select(TABLES.consensus, utf8.encode("node")).filter((entry) => entry.num === HEIGHT);
    expect(written.map((entry) => new TextDecoder().decode(entry.fields.get("enable_num")))).toEqual([
      "42",
      "42",
      "42",
    ]);
  });

  it("SPEC 5.1: takes ids in any case and refuses what is no id", async () => {
    expect(await group.send(CONSENSUS, ADMIN, "addSealer", node("D"))).toBe(1n);
    expect(readMembers(group.overlay).sealers).toContain(node("d"));
    for (const bad of ["", node("a").slice(1), `${node("a")}a`, node("g"), `0x${node("a").slice(2)}`]) {
      expect(await group.send(CONSENSUS, ADMIN, "addSealer", bad)).toBe(-51100n);
    }
  });

  it("SPEC 5.1: adds nobody whose id is not a point of the curve, and removes whoever is listed", async () => {
    const nobody = "1".repeat(128);
    for (const name of ["addSealer", "addObserver"])
      expect(await group.send(CONSENSUS, ADMIN, name, nobody)).toBe(-51100n);
    group.seed(TABLES.consensus, "node", ["sealer", node("a"), "0"], ["sealer", nobody, "0"]);
    expect(await group.send(CONSENSUS, ADMIN, "remove", nobody)).toBe(1n);
  });

  it("SPEC 5.2: keeps the last sealer", async () => {
    expect(await group.send(CONSENSUS, ADMIN, "remove", node("a"))).toBe(1n);
    expect(await group.send(CONSENSUS, ADMIN, "remove", node("b"))).toBe(-51101n);
    expect(await group.send(CONSENSUS, ADMIN, "addObserver", node("b"))).toBe(-51101n);
    expect(readMembers(group.overlay).sealers).toEqual([node("b")]);
  });

  it("SPEC 1.4: changes nothing when there is nothing to change", async () => {
    expect(await group.send(CONSENSUS, ADMIN, "addSealer", node("a"))).toBe(1n);
    expect(await group.send(CONSENSUS, ADMIN, "addObserver", node("c"))).toBe(1n);
    expect(await group.send(CONSENSUS, ADMIN, "remove", node("d"))).toBe(0n);
    expect(group.overlay.batch()).toEqual([]);
  });

  it("SPEC 9.1: logs each change", async () => {
    const { logs } = await group.call({ address: CONSENSUS, input: encode(CONSENSUS, "addObserver", node("d")) });
    const events = new Interface([
      "event MemberChanged(address indexed by, string nodeId, string role, uint256 enableNumber)",
    ]);
    const event = events.parseLog({
      topics: logs[0]!.topics.map((topic) => `0x${toHex(topic)}`),
      data: `0x${toHex(logs[0]!.data)}`,
    });
    expect([...event!.args]).toEqual([expect.stringMatching(/ad$/i), node("d"), "observer", 42n]);
    expect(logs[0]!.address).toEqual(CONSENSUS);
  });
});
