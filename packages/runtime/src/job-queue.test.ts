import { describe, expect, it } from "vitest";
import { createJobQueue } from "./job-queue.ts";
import { noMetrics } from "./metrics.ts";

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe("job queue", () => {
  it("keeps order and never runs more than its concurrency", async () => {
    const queue = createJobQueue({ name: "q", concurrency: 2, maxWaiting: 10 }, noMetrics);
    const started: number[] = [];
    let running = 0;
    let peak = 0;
    const jobs = Array.from({ length: 6 }, (_, i) =>
      queue.run(async () => {
        started.push(i);
        peak = Math.max(peak, ++running);
        await Promise.resolve();
        running--;
        return i;
      }),
    );
    expect(await Promise.all(jobs)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(started).toEqual([0, 1, 2, 3, 4, 5]);
    expect(peak).toBe(2);
  });

  it("refuses when full and takes work again once there is room", async () => {
    const queue = createJobQueue({ name: "q", concurrency: 1, maxWaiting: 1 }, noMetrics);
    const first = gate();
    const a = queue.run(() => first.opened);
    const b = queue.run(async () => "b");
    await expect(queue.run(async () => "c")).rejects.toMatchObject({ code: "QUEUE_FULL" });
    first.open();
    await a;
    expect(await b).toBe("b");
    expect(await queue.run(async () => "d")).toBe("d");
  });

  it("a failing job rejects its caller only", async () => {
    const queue = createJobQueue({ name: "q", concurrency: 1, maxWaiting: 5 }, noMetrics);
    const bad = queue.run(async () => Promise.reject(new TypeError("no")));
    const good = queue.run(async () => 1);
    await expect(bad).rejects.toThrow("no");
    expect(await good).toBe(1);
  });

  it("close refuses what waits and waits for what runs", async () => {
    const queue = createJobQueue({ name: "q", concurrency: 1, maxWaiting: 5 }, noMetrics);
    const first = gate();
    const running = queue.run(() => first.opened);
    const waiting = queue.run(async () => 1);
    const closed = queue.close();
    await expect(waiting).rejects.toMatchObject({ code: "QUEUE_CLOSED" });
    await expect(queue.run(async () => 1)).rejects.toMatchObject({ code: "QUEUE_CLOSED" });
    first.open();
    await running;
    await closed;
  });
});
