import { expect, it } from "vitest";
import { InstancePool } from "./pool.ts";

it("SPEC 2.2: reuses instances, keeps no more than its bound, and drops swollen ones", () => {
  let created = 0;
  const pool = new InstancePool(() => ({ id: created++, memoryBytes: 10 }), 2, 100);
  const [a, b, c] = [pool.take(), pool.take(), pool.take()];
  expect(created).toBe(3);
  pool.give(a);
  a.memoryBytes = 101;
  pool.give({ ...b, memoryBytes: 101 });
  pool.give(b);
  pool.give(c);
  expect(pool.take()).toBe(b);
  expect(pool.take()).toBe(a);
  expect(pool.take().id).toBe(3);
});
