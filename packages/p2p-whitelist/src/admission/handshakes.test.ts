import { noMetrics } from "@fb/runtime";
import { createCapturingLogger, createFakeClock } from "@fb/runtime/testing";
import type { MultiaddrConnection } from "@libp2p/interface";
import { multiaddrConnectionPair } from "@libp2p/utils";
import { multiaddr } from "@multiformats/multiaddr";
import { describe, expect, it, vi } from "vitest";
import { HANDSHAKES } from "../limits.ts";
import { p2pMetrics } from "../metrics.ts";
import { createHandshakes } from "./handshakes.ts";

const WAIT = { timeout: 5_000, interval: 1 };

function setUp(configured: readonly string[] = []) {
  const clock = createFakeClock();
  const log = createCapturingLogger();
  const handshakes = createHandshakes({
    clock,
    log,
    register: noMetrics,
    metrics: p2pMetrics(noMetrics),
    isConfigured: (host) => configured.includes(host),
  });
  /** A connection that came in, and its far end. */
  const connect = (host: string) => {
    const [far, raw] = multiaddrConnectionPair({ delay: 0 });
    raw.remoteAddr = multiaddr(`/${host.includes(":") ? "ip6" : "ip4"}/${host}/tcp/1`);
    let isIn: boolean | null = null;
    void handshakes.enter(raw).then((taken) => {
      isIn = taken;
    });
    let got = 0;
    raw.addEventListener("message", (event) => (got += event.data.byteLength));
    return { far, raw, isIn: () => isIn, got: () => got };
  };
  const causes = () =>
    log.lines.filter(({ event }) => event === "handshake-dropped").map(({ fields }) => fields["cause"]);
  return { clock, log, handshakes, connect, causes };
}

const bytes = (count: number) => new Uint8Array(count);
const arrived = (one: { got(): number }, count: number) => vi.waitFor(() => expect(one.got()).toBe(count), WAIT);
const ended = (raw: MultiaddrConnection) => vi.waitFor(() => expect(raw.status).not.toBe("open"), WAIT);

describe("handshakes (SPEC 3.9)", () => {
  it("take in each step the bytes it needs, and hand on nothing beyond them", async () => {
    const { handshakes, connect, causes } = setUp();
    const one = connect("10.0.0.1");
    one.far.send(bytes(HANDSHAKES.bytes.selection));
    await arrived(one, HANDSHAKES.bytes.selection);
    handshakes.begun(one.raw);
    one.far.send(bytes(HANDSHAKES.bytes.admission));
    await arrived(one, HANDSHAKES.bytes.selection + HANDSHAKES.bytes.admission);
    handshakes.admitted(one.raw, one.raw);
    one.far.send(bytes(100));
    await arrived(one, HANDSHAKES.bytes.selection + HANDSHAKES.bytes.admission + 100);
    handshakes.guarded(one.raw);
    one.far.send(bytes(100_000));
    await arrived(one, HANDSHAKES.bytes.selection + HANDSHAKES.bytes.admission + 100_100);
    expect(causes()).toEqual([]);

    const two = connect("10.0.0.1");
    two.far.send(bytes(HANDSHAKES.bytes.selection + 1));
    await ended(two.raw);
    expect([two.got(), causes()]).toEqual([0, ["bytes"]]);
  });

  it("wait for the proof of a key, and no longer for whoever proved one", async () => {
    const { clock, handshakes, connect, causes } = setUp();
    const silent = connect("10.0.0.1");
    const honest = connect("10.0.0.2");
    handshakes.begun(honest.raw);
    handshakes.proved(honest.raw);
    await clock.advanceAsync(HANDSHAKES.proofMs);
    await ended(silent.raw);
    expect([honest.raw.status, causes()]).toEqual(["open", ["late"]]);
  });

  it("drop the oldest that proved nothing when another one comes", async () => {
    const { clock, connect, causes } = setUp();
    const silent = Array.from({ length: HANDSHAKES.perSource }, () => connect("10.0.0.1"));
    const next = connect("10.0.0.1");
    expect(silent.map(({ raw }) => raw.status === "open")).toEqual(silent.map((_, i) => i > 0));
    await clock.advanceAsync(0);
    expect([next.isIn(), next.raw.status, causes()]).toEqual([true, "open", ["slots"]]);
  });

  it("refuse a source whose handshakes lead to nothing, and give back what an honest one cost", async () => {
    const { clock, handshakes, connect, causes } = setUp();
    const attempt = async (host: string, isHonest: boolean) => {
      const one = connect(host);
      await clock.advanceAsync(0);
      if (one.isIn() !== true) return false;
      one.far.send(bytes(10));
      await vi.waitFor(() => expect(one.got() === 10 || one.raw.status !== "open").toBe(true), WAIT);
      const isDone = one.got() === 10;
      if (isDone && isHonest) {
        handshakes.admitted(one.raw, one.raw);
        handshakes.opened(one.raw, false);
      }
      one.raw.abort(new RangeError("over"));
      return isDone;
    };
    const burst = (HANDSHAKES.stranger.burstMs * 1000) / (HANDSHAKES.prices.connection + HANDSHAKES.prices.handshake);
    for (let i = 0; i < 3 * burst; i++) expect(await attempt("10.0.0.1", true)).toBe(true);
    let done = 0;
    while (await attempt("10.0.0.2", false)) done++;
    expect(done).toBeLessThanOrEqual(burst + 1);
    expect(causes()).toContain("budget");
    expect(await attempt("10.0.0.1", true)).toBe(true);
    clock.advance(10_000);
    expect(await attempt("10.0.0.2", false)).toBe(true);
  });

  it("know sources by configuration and by whom they brought before", async () => {
    const { handshakes, connect } = setUp(["10.0.0.9"]);
    // Strangers of one source cannot push out what came from a known one.
    const configured = connect("10.0.0.9");
    const met = connect("10.0.0.8");
    handshakes.admitted(met.raw, met.raw);
    handshakes.opened(met.raw, true);
    const again = connect("10.0.0.8");
    for (let i = 0; i < 2 * HANDSHAKES.perSource; i++) connect(i % 2 === 0 ? "10.0.0.8" : "10.0.0.9");
    expect([configured.raw.status, again.raw.status]).toEqual(["open", "open"]);
  });

  it("count whoever has a network of IPv6 addresses once", () => {
    const { log, connect } = setUp();
    for (let i = 0; i <= HANDSHAKES.perSource; i++) connect(`2001:db8::${i + 1}`);
    expect(log.lines.at(-1)?.fields).toMatchObject({ source: "2001:db8:0:0::/64", cause: "slots" });
  });
});
