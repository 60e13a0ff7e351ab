import { createCryptoSuite } from "@fb/crypto";
import { noMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock } from "@fb/runtime/testing";
import { type NodeId, type PeerAction, toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { IGNORE, type Screened, TAKE } from "../core/machine.ts";
import type { EngineCodec } from "../engine-protocol.ts";
import { consensusMetrics } from "../metrics.ts";
import { Intake } from "./intake.ts";

const KEY = new Uint8Array(32).fill(1);
const MAX_PAYLOAD = 64 * 1024;
/** What a message's first byte says: the tests' whole protocol. */
const GOOD = 1;
const UNREADABLE = 2;
const FORGED = 3;
const KNOWN = 4;
const STALE = 5;
const UNSIGNED = 6;
const NO_ENVELOPE = 0;

async function setup() {
  const suite = await createCryptoSuite();
  const clock = createFakeClock();
  const peer = toHex(suite.publicKey(KEY)) as NodeId;
  const digest = suite.hash(KEY);
  const signature = suite.sign(digest, KEY);
  const forged = suite.sign(suite.hash(digest), KEY);
  const done = { read: 0, checked: 0 };
  const reports: [PeerAction, string][] = [];
  const log = createCapturingLogger();
  const codec: EngineCodec<number, never, number> = {
    encodeMessage: ({ msg }) => Uint8Array.of(msg),
    openMessage: (bytes) => {
      const kind = bytes[0]!;
      if (kind === NO_ENVELOPE) return null;
      const read = () => {
        done.read += 1;
        if (kind === UNSIGNED) return { msg: kind, signatures: [] };
        return kind === UNREADABLE ? null : { msg: kind, signatures: [kind === FORGED ? forged : signature] };
      };
      return { heading: kind, signatureCount: kind === UNSIGNED ? 0 : 1, read };
    },
    digests: (msg) => (msg === UNSIGNED ? [] : [digest]),
    encodeRecord: () => new Uint8Array(0),
    decodeRecord: () => null,
    liveRecords: () => [],
  };
  const intake = new Intake({
    channel: { maxPayloadBytes: MAX_PAYLOAD, report: (_, action, code) => reports.push([action, code]) },
    codec,
    suite: {
      ...suite,
      verify: (...args) => {
        done.checked += 1;
        return suite.verify(...args);
      },
    },
    clock,
    log,
    register: noMetrics,
    metrics: consensusMetrics(noMetrics),
  });
  const screener = {
    screen: (_: NodeId, heading: number): Screened => {
      if (heading === KNOWN) return IGNORE;
      return heading === STALE ? { take: false, code: "STALE" } : TAKE;
    },
  };
  const receive = (kind: number, bytes = 1): number | null => {
    const payload = new Uint8Array(bytes).fill(kind);
    return intake.admit(peer, payload) ? (intake.open(peer, payload, screener)?.msg ?? null) : null;
  };
  const taken = (kind: number, times: number, bytes?: number) => {
    let count = 0;
    for (let i = 0; i < times; i++) if (receive(kind, bytes) !== null) count++;
    return count;
  };
  return { clock, intake, peer, done, reports, log, receive, taken };
}

describe("Intake (SPEC 2.1, 2.2, 2.8)", () => {
  it("reads and checks only what the machine wants (SPEC 1.4)", async () => {
    const { done, reports, receive } = await setup();
    for (const kind of [NO_ENVELOPE, KNOWN, STALE]) expect(receive(kind)).toBeNull();
    expect(done).toEqual({ read: 0, checked: 0 });
    expect(receive(UNREADABLE)).toBeNull();
    expect(done).toEqual({ read: 1, checked: 0 });
    expect(receive(FORGED)).toBeNull();
    expect(receive(GOOD)).toBe(GOOD);
    expect(done).toEqual({ read: 3, checked: 2 });
    expect(reports).toEqual([
      ["penalise", "MALFORMED"],
      ["penalise", "MALFORMED"],
      ["penalise", "BAD_SIGNATURE"],
    ]);
  });

  it("bounds what waits of one peer, in messages and in bytes", async () => {
    const admitted = async (bytes: number) => {
      const { intake, peer } = await setup();
      let count = 0;
      while (intake.admit(peer, new Uint8Array(bytes))) count++;
      return count;
    };
    expect(await admitted(MAX_PAYLOAD)).toBe(2);
    expect(await admitted(1)).toBe(512);
  });

  it("checks no more signatures of a peer than its budget, which time and heads fill again", async () => {
    const { clock, done, intake, peer, taken } = await setup();
    const members = { sealers: [peer], observers: [] };
    expect(taken(GOOD, 2000)).toBe(1000);
    expect(done.checked).toBe(1000);
    clock.advance(1000);
    expect(taken(GOOD, 500)).toBe(100);
    intake.newHead({ members });
    expect(taken(GOOD, 500)).toBe(20);
    // A peer that is no member any more leaves nothing behind.
    intake.newHead({ members: { sealers: [], observers: [] } });
    expect(taken(GOOD, 2000)).toBe(1000);
  });

  it("reads no more blocks of a peer than its budget", async () => {
    const { done, taken } = await setup();
    expect(taken(GOOD, 50, MAX_PAYLOAD)).toBe(4);
    expect(done.read).toBe(4);
  });

  it("reports a flood of useless messages once a second, and reads nothing of it until it pauses", async () => {
    const { clock, done, peer, reports, log, receive, taken } = await setup();
    taken(KNOWN, 4999);
    expect(reports).toEqual([]);
    taken(STALE, 100_000);
    expect(reports).toEqual([["penalise", "FLOOD"]]);
    expect(receive(GOOD)).toBeNull();
    expect(done).toEqual({ read: 0, checked: 0 });
    clock.advance(1000);
    expect(receive(GOOD)).toBe(GOOD);
    taken(STALE, 100_000);
    expect(reports).toHaveLength(2);
    // Named once a minute.
    expect(log.lines).toEqual([{ level: "warn", event: "peer-floods", fields: { peer } }]);
  });

  it("takes questions, which cost no signature, for a flood when they are as many", async () => {
    const { done, reports, taken } = await setup();
    expect(taken(UNSIGNED, 4999)).toBe(4999);
    expect(reports).toEqual([]);
    taken(UNSIGNED, 100_000);
    expect(reports).toEqual([["penalise", "FLOOD"]]);
    expect(done.read).toBeLessThan(5010);
  });

  it("never reports a peer that is merely late: a thousand useless messages each second, sixteen each head", async () => {
    const { clock, intake, peer, reports, taken } = await setup();
    for (let head = 0; head < 10_000; head++) {
      taken(KNOWN, 16);
      intake.newHead({ members: { sealers: [peer], observers: [] } });
    }
    expect(reports).toEqual([]);
    for (let second = 0; second < 60; second++) {
      taken(second % 2 === 0 ? STALE : KNOWN, 1000);
      clock.advance(1000);
    }
    expect(reports).toEqual([]);
  });
});
