import { createFakeClock } from "@fb/runtime/testing";
import type { NodeId } from "@fb/types";
import { describe, expect, it } from "vitest";
import { MemberLinks, type MemberLinksDeps } from "./member-links.ts";

const [a, b, c, d] = ["a", "b", "c", "d"].map((letter) => letter.repeat(128) as NodeId) as [
  NodeId,
  NodeId,
  NodeId,
  NodeId,
];

function links() {
  const clock = createFakeClock();
  const told: string[] = [];
  let listener: (event: object) => void = () => {};
  const chain = {
    members: () => ({ sealers: [a, b, c], observers: [] }),
    onCommitted(added: (event: object) => void) {
      listener = added;
      return () => {};
    },
  } as unknown as MemberLinksDeps["chain"];
  const channel = { setMembers: (list: readonly NodeId[]) => void told.push(list.map((id) => id[0]).join("")) };
  const subject = new MemberLinks({ chain, channel, clock });
  subject.start();
  const commit = (...sealers: NodeId[]) =>
    listener({ executed: { members: sealers.length === 0 ? null : { sealers, observers: [] } } });
  return { clock, told, commit, subject };
}

describe("member links", () => {
  it("keep a removed member until the next block", () => {
    const { clock, told, commit } = links();
    commit();
    commit(a, b);
    expect(told).toEqual(["abc", "abc"]);
    commit();
    expect(told.at(-1)).toBe("ab");
    commit();
    clock.advance(60_000);
    expect(told).toHaveLength(3);
  });

  it("keep it for a moment when no block comes", () => {
    const { clock, told, commit } = links();
    commit(a, b);
    clock.advance(4_999);
    expect(told.at(-1)).toBe("abc");
    clock.advance(1);
    expect(told.at(-1)).toBe("ab");
  });

  it("forget whom an earlier block removed, and take in who is new at once", () => {
    const { clock, told, commit, subject } = links();
    commit(a, b, d);
    expect(told.at(-1)).toBe("abdc");
    commit(a, d);
    expect(told.at(-1)).toBe("adb");
    subject.close();
    clock.advance(60_000);
    expect(clock.pending()).toBe(0);
    expect(told.at(-1)).toBe("adb");
  });
});
