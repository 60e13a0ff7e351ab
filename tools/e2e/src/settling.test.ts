import { devAccounts } from "@fb/build-chain";
import { until } from "@fb/local-chain";
import { JsonRpcProvider, Wallet } from "ethers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain({ topology: "127.0.0.1:4 agency1 1,2", groups: ["1:pbft:storage", "2:raft:mpt"] });
});
afterAll(() => chain?.close());

it.each([1, 2])(
  "group %i makes five empty blocks after a transaction, within seconds, and is silent then",
  async (group) => {
    expect(await chain.height(0, group)).toBe(0);
    const provider = new JsonRpcProvider(chain.url(1, group));
    const [from, to] = devAccounts();
    const sent = await new Wallet(from!.privateKey, provider).sendTransaction({ to: to!.address, value: 1n });
    const receipt = await sent.wait();
    const last = receipt!.blockNumber + 5;
    expect(await until(async () => (await chain.height(0, group)) === last, 15_000)).toBe(true);
    expect(await until(async () => (await chain.height(0, group)) > last, 3_000)).toBe(false);
    await chain.level(group);
    provider.destroy();
  },
);
