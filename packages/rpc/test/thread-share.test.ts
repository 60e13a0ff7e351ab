import { request } from "node:http";
import { createFakeClock } from "@fb/runtime/testing";
import { expect, it } from "vitest";
import { startTestServer } from "../src/testing/index.ts";
import { postJson, rpc, startGroup } from "./fixture.ts";

interface Got {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** From another address than all other clients of these tests. */
function postFromElsewhere(url: string, body: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const call = request(url, { method: "POST", headers, localAddress: "127.0.0.77" }, (response) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode!, retryAfter: response.headers["retry-after"], text }),
      );
    });
    call.on("error", reject);
    call.end(body);
  });
}

it.skipIf(process.platform !== "linux")(
  "an address that asks for too much of a short thread waits, then is told to come again, and nobody else (SPEC 8.13)",
  async () => {
    const clock = createFakeClock();
    const threadUse = () => ({ activeMs: 100, cpuMs: 10 });
    const node = await startTestServer([await startGroup(1)], { submitWaitMs: 0 }, { clock, threadUse });
    try {
      // Each costs some hundred microseconds by its length, and much more by what is measured.
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }) + " ".repeat(30_000);
      await rpc(node.url, "eth_chainId");
      await postFromElsewhere(node.url, body);
      await clock.advanceAsync(300);
      const refused: Got[] = [];
      const asked = Array.from({ length: 180 }, async () => {
        const got = await postFromElsewhere(node.url, body);
        if (got.status !== 200) refused.push(got);
        return got;
      });
      await expect.poll(() => refused.length).toBeGreaterThan(10);
      expect((await postJson(node.url, body)).result).toBe("0x10001");
      for (const { status, retryAfter, text } of refused) {
        expect([status, retryAfter]).toEqual([429, "1"]);
        expect(JSON.parse(text).error).toMatchObject({ code: -32005, data: { code: "BUSY" } });
      }
      await clock.advanceAsync(60_000);
      const answers = await Promise.all(asked);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(180 - refused.length);
    } finally {
      const closed = node.close();
      await clock.advanceAsync(10_000);
      await closed;
    }
  },
);
