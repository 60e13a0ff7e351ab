import { getEventListeners } from "node:events";
import { createPrometheusRegister, renderMetrics } from "@fb/runtime";
import { createFakeClock } from "@fb/runtime/testing";
import { describe, expect, it } from "vitest";
import { CallDesk } from "./desk.ts";

function open() {
  const clock = createFakeClock();
  const metrics = createPrometheusRegister({});
  const desk = new CallDesk(clock, metrics.register);
  const seen: AbortSignal[] = [];
  /** A call that nobody ever answers. */
  const endless = (signal: AbortSignal) => {
    seen.push(signal);
    return new Promise<never>(() => {});
  };
  const ended = async (ending: string) => {
    const text = await renderMetrics([await metrics.snapshot()]);
    return Number(new RegExp(`calls_ended_total{ending="${ending}"} (\\d+)`).exec(text)?.[1] ?? 0);
  };
  return { clock, desk, seen, endless, ended };
}

describe("the desk of calls", () => {
  it("waits no longer than the deadline, and tells the call", async () => {
    const { clock, desk, seen, endless, ended } = open();
    const call = desk.wait(5_000, undefined, endless);
    clock.advance(4_999);
    expect(seen[0]!.aborted).toBe(false);
    clock.advance(1);
    await expect(call).rejects.toMatchObject({ code: "CALL_ABORTED" });
    expect(seen[0]!.aborted).toBe(true);
    expect(await ended("timeout")).toBe(1);
  });

  it("stops waiting when the client leaves, also before it began", async () => {
    const { clock, desk, seen, endless, ended } = open();
    const client = new AbortController();
    const call = desk.wait(5_000, client.signal, endless);
    client.abort();
    await expect(call).rejects.toMatchObject({ code: "CALL_ABORTED" });
    await expect(desk.wait(5_000, client.signal, endless)).rejects.toMatchObject({ code: "CALL_ABORTED" });
    expect(seen.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(await ended("cancelled")).toBe(2);
    expect(clock.pending()).toBe(0);
  });

  it("hands on answers and refusals, and keeps neither timer nor listener", async () => {
    const { clock, desk, ended } = open();
    const { signal } = new AbortController();
    for (let i = 0; i < 1000; i++) expect(await desk.wait(5_000, signal, async () => i)).toBe(i);
    await expect(desk.wait(5_000, signal, () => Promise.reject(new TypeError("no")))).rejects.toThrow("no");
    expect([await ended("answered"), await ended("refused")]).toEqual([1000, 1]);
    expect(clock.pending()).toBe(0);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
