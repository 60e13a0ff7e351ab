import { toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { CLIENT } from "../src/index.ts";
import { createFixture, ethTx, groupTx, sender, suite } from "./fixture.ts";

/** Group transactions of one stranger each. */
const strangers = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => groupTx(sender(from + i), { nonce: BigInt(from + i), blockLimit: 50 }));
const hashOf = (raw: Uint8Array) => toHex(suite.hash(raw));

describe("SPEC 1.14: admission goes on in slices", () => {
  /** Recoveries in each turn of the event loop until `done`. */
  async function perTurn(recoveries: () => number, done: Promise<unknown>): Promise<number[]> {
    const counts: number[] = [];
    let before = recoveries();
    let isDone = false;
    void done.then(() => {
      isDone = true;
    });
    while (!isDone) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      counts.push(recoveries() - before);
      before = recoveries();
    }
    return counts;
  }

  it.each([CLIENT, "a"])("of 5 ms at most, for %s", async (origin) => {
    const { submitFrom, recoveries } = createFixture();
    const counts = await perTurn(recoveries, submitFrom(origin, strangers(1_000)));
    expect(recoveries()).toBe(1_000);
    expect(Math.max(...counts)).toBeLessThanOrEqual(2 * 55);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(15);
  });

  it("in which clients come before members, and members take turns", async () => {
    const { submitFrom } = createFixture();
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    await Promise.all([
      submitFrom("a", strangers(600)).then(note("a")),
      submitFrom("b", strangers(60, 1_000)).then(note("b")),
      submitFrom(CLIENT, strangers(1_200, 2_000)).then(note("client")),
    ]);
    expect(order).toEqual(["b", "client", "a"]);
  });

  it.each([CLIENT, "a"])("in which nonces of one submission come before those of the next, for %s", async (origin) => {
    const { submitFrom } = createFixture({ maxNonceGap: 100, maxPerSender: 5_000 });
    const nonces = (from: number) => Array.from({ length: 800 }, (_, i) => ethTx(sender(1), { nonce: from + i }));
    const answers = await Promise.all([0, 800, 1_600].map((from) => submitFrom(origin, nonces(from))));
    expect(new Set(answers.flat())).toEqual(new Set(["ok"]));
  });
});

describe("SPEC 1.9: what was refused lately", () => {
  it("costs no second signature, whatever it was refused for", async () => {
    const { chain, submitFrom, recoveries } = createFixture();
    const old = Array.from({ length: 200 }, (_, i) => sender(i));
    for (const from of old) chain.setNonce(from, 5n);
    const raws = old.map((from) => ethTx(from, { nonce: 4 }));
    const far = ethTx(sender(900), { nonce: 5_000 });
    for (let time = 0; time < 10; time++) {
      expect(new Set(await submitFrom("a", raws))).toEqual(new Set(["NONCE_TOO_LOW"]));
      expect(await submitFrom("a", [far])).toEqual(["NONCE_TOO_HIGH"]);
    }
    expect(recoveries()).toBe(201);
  });

  it("says whether a signature had to be recovered to tell", async () => {
    const { chain, pool } = createFixture();
    chain.setNonce(sender(1), 5n);
    const raw = ethTx(sender(1), { nonce: 4 });
    expect(await pool.submit([raw], "a")).toMatchObject([{ code: "NONCE_TOO_LOW", recovered: true }]);
    expect(await pool.submit([raw], "a")).toMatchObject([{ code: "NONCE_TOO_LOW", recovered: false }]);
    const expired = groupTx(sender(1), { nonce: 1n, blockLimit: 5 });
    expect(await pool.submit([expired], "a")).toMatchObject([{ code: "BLOCK_LIMIT_EXPIRED", recovered: false }]);
  });

  it("is taken once it is valid", async () => {
    const { chain, submitFrom, recoveries } = createFixture();
    const used = groupTx(sender(1), { nonce: 1n, blockLimit: 50 });
    const next = ethTx(sender(2), { nonce: 1_500 });
    chain.isReplayed = () => true;
    expect(await submitFrom("a", [used, next])).toEqual(["NONCE_USED", "NONCE_TOO_HIGH"]);
    // The window of the transaction that used the nonce is over, and the account has moved on.
    chain.isReplayed = () => false;
    chain.setNonce(sender(2), 1_400n);
    expect(await submitFrom("b", [used, next])).toEqual(["ok", "ok"]);
    expect(recoveries()).toBe(2);
  });
});

describe("SPEC 5.3: room is shared by those who bring transactions", () => {
  const count = (results: readonly string[], code: string) => results.filter((result) => result === code).length;

  it("a member that brings valid transactions without end gets a part of what is free, and pays no more signatures", async () => {
    const { submitFrom, recoveries } = createFixture({ maxTransactions: 400 });
    const flood = await submitFrom("a", strangers(1_000));
    expect(count(flood, "ok")).toBe(100);
    expect(count(flood, "POOL_FULL")).toBe(900);
    const checked = recoveries();
    expect(checked).toBeLessThan(200);
    expect(count(await submitFrom("a", strangers(1_000, 5_000)), "POOL_FULL")).toBe(1_000);
    expect(recoveries()).toBe(checked);
  });

  it("however many do so, there is room for others, and clients may have all of it", async () => {
    const { submitFrom, pool } = createFixture({ maxTransactions: 400 });
    for (const origin of ["a", "b", "c", "d"]) await submitFrom(origin, strangers(400, 1_000 * origin.charCodeAt(0)));
    const { pending } = pool.stats();
    expect(pending).toBeLessThan(300);
    expect(count(await submitFrom("e", strangers(20)), "ok")).toBe(20);
    expect(count(await submitFrom(CLIENT, strangers(400, 1_000)), "ok")).toBe(400 - pending - 20);
  });

  it("bounds the bytes of one member, and its transactions behind missing nonces", async () => {
    const { submitFrom, pool } = createFixture({ maxBytes: 900_000, maxTransactions: 400 });
    const large = Array.from({ length: 100 }, (_, i) => ethTx(sender(i), { nonce: 0, data: new Uint8Array(10_000) }));
    expect(count(await submitFrom("a", large), "ok")).toBeLessThanOrEqual(10);
    expect(pool.stats().bytes).toBeLessThan(900_000 / 8);
    const queued = Array.from({ length: 100 }, (_, i) => ethTx(sender(i + 200), { nonce: 1 }));
    expect(count(await submitFrom("b", queued), "ok")).toBe(25);
    expect(count(await submitFrom("c", queued.slice(50)), "ok")).toBeGreaterThan(10);
  });
});

describe("SPEC 2.2: a block is shared by those who brought its transactions", () => {
  it("each has what it wants up to its part, whoever came first", async () => {
    const { submitFrom, seal } = createFixture();
    const flood = strangers(500);
    const [few, mine] = [strangers(7, 1_000), strangers(90, 2_000)];
    await submitFrom("a", flood);
    await submitFrom("b", few);
    await submitFrom(CLIENT, mine);
    const sealed = new Set(seal({ maxTransactions: 100 }).map(({ tx }) => toHex(tx.hash)));
    const taken = (raws: readonly Uint8Array[]) => raws.filter((raw) => sealed.has(hashOf(raw))).length;
    expect(sealed.size).toBe(100);
    expect(taken(few)).toBe(7);
    expect(taken(mine)).toBeGreaterThanOrEqual(46);
    expect(taken(flood)).toBeGreaterThanOrEqual(46);
  });

  it("counts bytes as well", async () => {
    const { submitFrom, seal } = createFixture();
    const large = Array.from({ length: 50 }, (_, i) => ethTx(sender(i), { nonce: 0, data: new Uint8Array(10_000) }));
    const small = strangers(300, 1_000);
    await submitFrom("a", large);
    await submitFrom("b", small);
    const sealed = new Set(seal({ maxBytes: 100_000 }).map(({ tx }) => toHex(tx.hash)));
    expect(small.filter((raw) => sealed.has(hashOf(raw))).length).toBe(300);
    expect(large.filter((raw) => sealed.has(hashOf(raw))).length).toBeGreaterThan(4);
  });

  it("takes all nonces of a sender that different members brought, in order", async () => {
    const { submitFrom, seal } = createFixture();
    const chain = Array.from({ length: 40 }, (_, nonce) => ethTx(sender(1), { nonce }));
    await submitFrom("b", strangers(30, 1_000));
    for (const [nonce, raw] of chain.entries()) await submitFrom(nonce % 2 === 0 ? "a" : "b", [raw]);
    const sealed = seal();
    expect(sealed).toHaveLength(70);
    const nonces = sealed.filter(({ tx }) => tx.group === null).map(({ tx }) => Number(tx.nonce));
    expect(nonces).toEqual(chain.map((_, nonce) => nonce));
  });

  it("SPEC 2.4: puts nobody's transaction behind those of a member that was faster to bring it", async () => {
    const { submitFrom, seal } = createFixture();
    const victim = ethTx(sender(9_000), { nonce: 0 });
    const own = ethTx(sender(9_001), { nonce: 0 });
    await submitFrom("a", [...strangers(500), victim, own]);
    expect(await submitFrom("b", [victim])).toEqual(["ALREADY_KNOWN"]);
    expect(await submitFrom(CLIENT, [own])).toEqual(["ALREADY_KNOWN"]);
    // It does not come back to who has more.
    await submitFrom("a", [victim, own]);
    const sealed = new Set(seal({ maxTransactions: 10 }).map(({ tx }) => toHex(tx.hash)));
    expect([sealed.has(hashOf(victim)), sealed.has(hashOf(own))]).toEqual([true, true]);
  });
});
