import { createFakeClock } from "@fb/runtime/testing";
import { describe, expect, it } from "vitest";
import { Client } from "./client.ts";
import { FairShare, type FairShareOptions, type Lease } from "./fair-share.ts";

function setup(options: Partial<FairShareOptions> = {}) {
  const clock = createFakeClock();
  let refused = 0;
  const share = new FairShare({ capacity: 10, maxWaiting: 100, maxWaitMs: 5000, ...options }, clock, () => refused++);
  const granted: string[] = [];
  const leases: Lease[] = [];
  /** Claims and notes in `granted` when it is granted, in `codes` why it is not. */
  const codes: string[] = [];
  const claim = async (name: string, client: Client, cost: number) => {
    try {
      leases.push(await share.claim(client, cost));
      granted.push(name);
    } catch (error) {
      codes.push((error as { body: { data: { code: string } } }).body.data.code);
    }
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { clock, share, granted, leases, codes, claim, settle, refused: () => refused };
}

const client = (address: string) => new Client({ address }, null);

describe("a fair share", () => {
  it("is all for whoever is alone, without waiting", async () => {
    const { share, granted, claim, settle } = setup();
    const alone = client("a");
    for (let i = 0; i < 12; i++) void claim("a", alone, 1);
    await settle();
    expect([granted.length, share.held, share.waiting]).toEqual([10, 10, 2]);
  });

  it("goes to the address that holds least, whatever the others have waiting", async () => {
    const { granted, leases, claim, settle } = setup();
    const greedy = client("a");
    for (let i = 0; i < 50; i++) void claim("a", greedy, 1);
    for (let i = 0; i < 3; i++) void claim("b", client("b"), 1);
    await settle();
    for (const lease of leases.slice(0, 4)) lease.release();
    await settle();
    expect(granted.slice(10)).toEqual(["b", "b", "b", "a"]);
  });

  it("takes turns among the connections of one address", async () => {
    const { granted, leases, claim, settle } = setup();
    const [one, two] = [client("a"), client("a")];
    for (let i = 0; i < 20; i++) void claim("one", one, 1);
    for (let i = 0; i < 2; i++) void claim("two", two, 1);
    await settle();
    for (const lease of leases.slice(0, 4)) lease.release();
    await settle();
    expect(granted.slice(10)).toEqual(["one", "two", "one", "two"]);
  });

  it("leaves a part to others of what one address and one connection may hold", async () => {
    const { granted, claim, settle } = setup({ addressPart: 0.5, connectionPart: 0.3 });
    const [one, two] = [client("a"), client("a")];
    for (let i = 0; i < 5; i++) void claim("one", one, 1);
    for (let i = 0; i < 5; i++) void claim("two", two, 1);
    void claim("b", client("b"), 3);
    await settle();
    expect(granted.sort()).toEqual(["b", "one", "one", "one", "two", "two"]);
  });

  it("refuses what waits beyond the bound or for too long, and leaves room for a newcomer", async () => {
    const { clock, codes, granted, leases, claim, settle, refused } = setup({ maxWaiting: 20 });
    const greedy = client("a");
    for (let i = 0; i < 50; i++) void claim("a", greedy, 1);
    await settle();
    expect([granted.length, codes.length]).toEqual([10, 30]);
    void claim("b", client("b"), 1);
    leases[0]!.release();
    await settle();
    expect(granted.at(-1)).toBe("b");
    clock.advance(5500);
    await settle();
    expect([codes.length, refused(), new Set(codes)]).toEqual([40, 40, new Set(["BUSY"])]);
  });

  it("forgets what a client that left was waiting for, and what it asks then", async () => {
    const { share, codes, granted, leases, claim, settle } = setup();
    void claim("a", client("a"), 10);
    const leaving = client("b");
    void claim("b", leaving, 1);
    await settle();
    leaving.leave();
    void claim("b", leaving, 1);
    leases[0]!.release();
    await settle();
    expect([granted, codes, share.held, share.waiting]).toEqual([["a"], ["GONE", "GONE"], 0, 0]);
  });

  it("serves who waits when a cost turns out smaller, and counts what turns out larger", async () => {
    const { share, granted, leases, claim, settle } = setup();
    void claim("a", client("a"), 10);
    void claim("b", client("b"), 4);
    await settle();
    leases[0]!.resize(6);
    await settle();
    expect([granted, share.held]).toEqual([["a", "b"], 10]);
    leases[0]!.resize(20);
    leases[0]!.release();
    leases[0]!.release();
    leases[0]!.resize(5);
    expect(share.held).toBe(4);
  });
});
