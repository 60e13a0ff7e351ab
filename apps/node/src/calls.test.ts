import { assemble, deployer, type Instruction } from "@fb/compliance/evm";
import { expect, it } from "vitest";
import { NodeFolder } from "../test/node-folder.ts";
import { RunningNode } from "../test/node-process.ts";
import { signedTransaction } from "../test/transactions.ts";

/** As the server's limits say. */
const TIMEOUT_MS = 5_000;

/** Returns what is stored at slot 1, after it has counted it up. */
const COUNTER = assemble(1, "SLOAD", 1, "ADD", 1, "SSTORE", 1, "SLOAD", 0, "MSTORE", 32, 0, "RETURN");
const ENDLESS = assemble("JUMPDEST", 0, "JUMP");
/** Claims 300 kB in every frame, and calls itself with all its gas for another. */
const MEMORY = assemble(
  ...([1, 300_000, "MSTORE"] as Instruction[]),
  ...([0, 0, 0, 0, 0, "ADDRESS", "GAS", "CALL"] as Instruction[]),
);
/** Writes logs as long as the gas lasts. */
const LOGS = assemble("JUMPDEST", 0, 0, "LOG0", 0, "JUMP");

async function start() {
  const node = await RunningNode.start(await NodeFolder.make("1:pbft:storage"));
  const ask = <T>(method: string, ...params: unknown[]) => node.rpc<T>(1, method, ...params);
  let nonce = 0;
  const send = async (to: string | null, data: Uint8Array) => {
    const hash = await ask<string>(
      "eth_sendRawTransaction",
      signedTransaction({ nonce: nonce++, to, data, value: 0n, gas: 1_000_000n }),
    );
    await node.receipt(1, hash);
    return ask<{ contractAddress: string }>("eth_getTransactionReceipt", hash);
  };
  const deploy = async (code: Uint8Array) => (await send(null, deployer(code))).contractAddress;
  const call = (to: string) => ask<string>("eth_call", { to }, "latest");
  /** How long each of many calls took, whatever came of it. */
  const flood = (to: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const began = performance.now();
        await call(to).catch(() => null);
        return performance.now() - began;
      }),
    );
  return { node, ask, send, deploy, call, flood };
}

it("blocks and small calls go on beside fifty endless calls, which end in time", async () => {
  const { node, send, deploy, call, flood } = await start();
  const [counter, endless] = [await deploy(COUNTER), await deploy(ENDLESS)];
  expect(BigInt(await call(counter))).toBe(1n);
  let isOver = false;
  const attack = flood(endless, 50).finally(() => {
    isOver = true;
  });
  let sent = 0;
  while (!isOver) {
    await send(counter, new Uint8Array(0));
    expect(BigInt(await call(counter))).toBe(BigInt(++sent + 1));
  }
  expect(sent).toBeGreaterThan(3);
  for (const took of await attack) expect(took).toBeLessThan(TIMEOUT_MS + 1_000);
  // A node that is to stop does not wait for them.
  void flood(endless, 50);
  const began = performance.now();
  expect(await node.run.kill("SIGTERM")).toMatchObject({ code: 0 });
  expect(performance.now() - began).toBeLessThan(TIMEOUT_MS);
});

it("calls that want all memory there is get none, and take none with them", async () => {
  const { ask, deploy, call, flood } = await start();
  const [counter, memory, logs] = [await deploy(COUNTER), await deploy(MEMORY), await deploy(LOGS)];
  await Promise.all([flood(memory, 30), flood(logs, 30)]);
  await expect(call(memory)).rejects.toThrow("needs too much memory");
  expect(BigInt(await call(counter))).toBe(1n);
  expect(await ask("eth_blockNumber")).toMatch(/^0x/);
});
