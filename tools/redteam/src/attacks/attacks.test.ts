import { describe, expect, it } from "vitest";
import { ATTACKS, findAttack } from "./index.ts";

describe("the attacks", () => {
  it("have names and lines of their own", () => {
    for (const { name, does } of ATTACKS) {
      expect(name).toMatch(/^[a-z0-9-]{3,22}$/);
      expect(does.length).toBeLessThan(120);
    }
    expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(ATTACKS.length);
    expect(new Set(ATTACKS.map(({ does }) => does)).size).toBe(ATTACKS.length);
  });

  it("are found by name, and an unknown one tells which there are", () => {
    expect(findAttack("stream-churn").who).toBe("non-member");
    expect(() => findAttack("nonsense")).toThrow(expect.objectContaining({ code: "UNKNOWN_ATTACK" }));
  });
});
