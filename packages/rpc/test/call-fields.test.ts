import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callRequest } from "../src/schema/call.ts";
import { ACCOUNT, rpc, startNode } from "./fixture.ts";

let node: Awaited<ReturnType<typeof startNode>>;
beforeAll(async () => {
  node = await startNode();
});
afterAll(() => node.close());

const read = (fields: object) => callRequest.read({ from: ACCOUNT, to: ACCOUNT, ...fields });

describe("the fields of a call", () => {
  it("reach the group, with the price that is paid", () => {
    const accessList = [{ address: ACCOUNT, storageKeys: [`0x${"0".repeat(64)}`] }];
    expect(read({ accessList, nonce: "0x7", gasPrice: "0x5", type: "0x1" })).toMatchObject({
      accessList: [{ slots: [new Uint8Array(32)] }],
      nonce: 7n,
      gasPrice: 5n,
      priorityFee: 5n,
    });
    expect(read({ maxFeePerGas: "0x9", maxPriorityFeePerGas: "0x2" })).toMatchObject({ gasPrice: 9n, priorityFee: 2n });
    expect(read({ maxFeePerGas: "0x9" })).toMatchObject({ gasPrice: 9n, priorityFee: 0n });
    expect(read({})).toMatchObject({ gasPrice: 0n, priorityFee: 0n, nonce: null, accessList: [] });
  });

  it.each([
    { gasPrice: "0x1", maxFeePerGas: "0x1" },
    { maxFeePerGas: "0x1", maxPriorityFeePerGas: "0x2" },
    { nonce: "0xffffffffffffffff" },
    { accessList: [{ address: ACCOUNT }] },
  ])("that contradict each other or cannot be are refused: %j", async (fields) => {
    const { error } = await rpc(node.url, "eth_estimateGas", [{ from: ACCOUNT, to: ACCOUNT, ...fields }]);
    expect(error).toMatchObject({ code: -32602 });
  });

  it.each(["authorizationList", "blobVersionedHashes"])(
    "no transaction here can carry are refused by name: %s",
    async (field) => {
      for (const method of ["eth_estimateGas", "eth_call"]) {
        const { error } = await rpc(node.url, method, [{ to: ACCOUNT, [field]: [{}] }]);
        expect(error).toMatchObject({ code: -32602, data: { field } });
        expect((await rpc(node.url, method, [{ to: ACCOUNT, [field]: [] }])).error).toBeUndefined();
      }
    },
  );
});
