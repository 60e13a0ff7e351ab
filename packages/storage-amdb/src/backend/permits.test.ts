import { expect, it } from "vitest";
import { Permits } from "./permits.ts";

it("runs at most so many jobs at once, the others in order, also after failures", async () => {
  const permits = new Permits(4);
  const finish: (() => void)[] = [];
  const started: number[] = [];
  const jobs = Array.from({ length: 20 }, (_, i) =>
    permits.run(async () => {
      started.push(i);
      await new Promise<void>((resolve) => finish.push(resolve));
      if (i % 3 === 0) throw new RangeError(`job ${i}`);
      return i;
    }),
  );
  const settled = Promise.allSettled(jobs);
  for (let done = 0; done < 20; done++) {
    while (finish.length <= done) await Promise.resolve();
    expect(started.length - done).toBeLessThanOrEqual(4);
    finish[done]!();
  }
  const results = await settled;
  expect(started).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(results.map(({ status }) => status)).toEqual(started.map((i) => (i % 3 === 0 ? "rejected" : "fulfilled")));
});
