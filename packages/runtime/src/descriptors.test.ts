import { expect, it } from "vitest";
import { whenDescriptorFree } from "./descriptors.ts";
import { createFakeClock } from "./testing/index.ts";

const failure = (code: string, message = "no") => Object.assign(new TypeError(message), { code });

it("tries again while no descriptor is left, less and less often", async () => {
  const clock = createFakeClock();
  const at: number[] = [];
  const failures = [failure("EMFILE"), failure("ENFILE"), failure("LEVEL_IO", "IO error: x: Too many open files")];
  const opened = whenDescriptorFree(async () => {
    at.push(clock.monotonic());
    const error = failures.shift();
    if (error !== undefined) throw error;
    return "open";
  }, clock);
  await clock.advanceAsync(1_000);
  expect(await opened).toBe("open");
  expect(at.map((time) => time - at[0]!)).toEqual([0, 10, 40, 140]);
});

it("reports everything else at once", async () => {
  const clock = createFakeClock();
  await expect(whenDescriptorFree(() => Promise.reject(failure("ENOSPC")), clock)).rejects.toMatchObject({
    code: "ENOSPC",
  });
  expect(clock.pending()).toBe(0);
});
