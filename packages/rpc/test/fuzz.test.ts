import { createCapturingLogger } from "@fb/runtime/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { methodTable } from "../src/methods/table.ts";
import { startTestServer } from "../src/testing/index.ts";
import { type Answer, postJson, rpc, startGroup } from "./fixture.ts";

const names = [...methodTable(true).keys()];
const log = createCapturingLogger();

/** Values that look like parameters, so that the handlers behind the schemas are reached too. */
const hexText = fc.uint8Array({ maxLength: 40 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
const likely = fc.oneof(
  fc.constantFrom<unknown>(1, "1", "latest", "pending", "earliest", "0x0", "0x1", true, false, null, {}, []),
  fc.constantFrom<unknown>(`0x${"0".repeat(40)}`, `0x${"1".repeat(64)}`, "newHeads", "logs", "tx_count_limit"),
  fc.constantFrom<unknown>({ fromBlock: "0x0" }, { to: `0x${"0".repeat(40)}` }, { from: `0x${"0".repeat(40)}` }, [
    "0x1",
  ]),
  hexText,
  fc.jsonValue(),
);
const request = fc.record({
  jsonrpc: fc.constantFrom("2.0", "2.0", "2.0", "1.0"),
  id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
  method: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.string() }),
  params: fc.array(likely, { maxLength: 4 }),
});

describe("malformed and hostile requests", () => {
  let url: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const node = await startTestServer([await startGroup(1)], { operator: true }, { log });
    url = node.url;
    close = () => node.close();
  });
  afterAll(() => close());

  it("gives a JSON-RPC answer to anything, and never an internal error", async () => {
    await fc.assert(
      fc.asyncProperty(request, async (one) => {
        const answer = await postJson(url, JSON.stringify(one));
        expect(answer.jsonrpc).toBe("2.0");
        expect("result" in answer).not.toBe("error" in answer);
        expect(answer.error?.code).not.toBe(-32603);
      }),
      { numRuns: 800, seed: 7 },
    );
    expect(log.has("rpc-request-failed")).toBe(false);
  });

  it("survives bodies that are not requests", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json()), async (body) => {
        const answer = await postJson<Answer | Answer[]>(url, body);
        expect([answer].flat()[0]?.error?.code).toBeLessThan(-32000);
      }),
      { numRuns: 300, seed: 7 },
    );
    // Deep nesting does not exhaust a stack.
    expect(await postJson(url, "[".repeat(100_000))).toMatchObject({ error: { code: -32700 } });
    const deep = `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[${"[".repeat(50_000)}${"]".repeat(50_000)}]}`;
    expect(await postJson(url, deep)).toMatchObject({ error: { code: -32602 } });
    expect((await rpc(url, "eth_blockNumber")).result).toBe("0x0");
  });
});
