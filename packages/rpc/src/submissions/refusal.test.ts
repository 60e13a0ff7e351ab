import { describe, expect, it } from "vitest";
import { refusedTransaction } from "./refusal.ts";

describe("refusedTransaction", () => {
  const body = (code: string, message: string, fiscoStatus: number | null = null) =>
    refusedTransaction({ ok: false, code, message, fiscoStatus }).body;

  it("begins with the phrase clients look for, once", () => {
    expect(body("CHAIN_ID_MISMATCH", "signed for another chain", 10002)).toEqual({
      code: -32000,
      message: "invalid chain id for signer: signed for another chain",
      data: { code: "CHAIN_ID_MISMATCH", status: 10002 },
    });
    expect(body("NONCE_TOO_LOW", "nonce too low: use the next").message).toBe("nonce too low: use the next");
  });

  it("passes on what it has no phrase for", () => {
    const expected = { code: -32000, message: "block limit has passed", data: { code: "BLOCK_LIMIT_EXPIRED" } };
    expect(body("BLOCK_LIMIT_EXPIRED", "block limit has passed")).toEqual(expected);
  });

  it("has the code of the 2.x line for a node that is no member", () => {
    const expected = { code: -40009, message: "not a member", data: { code: "NOT_A_MEMBER" } };
    expect(body("NOT_A_MEMBER", "not a member")).toEqual(expected);
  });

  it("tells a client of a busy pool to retry", () => {
    expect(body("POOL_BUSY", "retry")).toMatchObject({ code: -32005, data: { code: "BUSY" } });
  });
});
