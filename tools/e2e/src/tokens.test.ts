import { devAccounts } from "@fb/build-chain";
import { until } from "@fb/local-chain";
import type { CompiledContract } from "@fb/testkit/solidity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";
import { withEthers, withViem } from "./support/clients.ts";
import { compileToken } from "./support/contracts.ts";
import { testWallets } from "./support/load.ts";

const SENDERS = 50;
const ROUNDS = 40;
const ROUNDS_AT_ONCE = 8;
const RECEIPTS_AT_ONCE = 200;
const EACH = 1_000_000n;
const NODES = [0, 1, 2, 3];

let chain: TestChain;
let compiled: CompiledContract;
beforeAll(async () => {
  chain = await createTestChain({
    topology: "127.0.0.1:4 agency1 1,2",
    groups: ["1:pbft:storage", "2:raft:mpt"],
  });
  compiled = compileToken();
});
afterAll(() => chain?.close());

describe.each([
  ["ethers", withEthers, 1],
  ["viem", withViem, 2],
] as const)("OpenZeppelin's ERC-20 with plain %s", (_name, createClient, seed) => {
  it.each([1, 2])(`in group %i: ${SENDERS * ROUNDS} transfers of ${SENDERS} senders over all nodes`, async (group) => {
    const wallets = testWallets(SENDERS, seed * 10 + group);
    const accounts = wallets.map(({ address }) => address);
    const client = createClient(
      NODES.map((node) => chain.url(node, group)),
      65_536 + group,
      compiled,
    );
    try {
      const token = await client.deploy(devAccounts()[0]!.privateKey, accounts, EACH);
      await chain.level(group);
      const expected = new Map(accounts.map((account) => [account, EACH]));
      const hashes: string[] = [];
      for (let first = 0; first < ROUNDS; first += ROUNDS_AT_ONCE) {
        const sent: Promise<string>[] = [];
        for (let nonce = first; nonce < first + ROUNDS_AT_ONCE; nonce++) {
          for (const [i, { address, privateKey }] of wallets.entries()) {
            const to = accounts[(i * 7 + nonce) % SENDERS]!;
            expected.set(address, expected.get(address)! - 1n);
            expected.set(to, expected.get(to)! + 1n);
            sent.push(client.transfer(i % NODES.length, privateKey, nonce, token, to));
          }
        }
        hashes.push(...(await Promise.all(sent)));
      }
      expect(new Set(hashes).size).toBe(SENDERS * ROUNDS);

      const outcome = async (node: number, hash: string) => {
        let success: boolean | null = null;
        await until(async () => (success = await client.succeeded(node, hash)) !== null, 60_000);
        return success;
      };
      for (let at = 0; at < hashes.length; at += RECEIPTS_AT_ONCE) {
        const part = hashes.slice(at, at + RECEIPTS_AT_ONCE);
        const outcomes = await Promise.all(part.map((hash, i) => outcome(i % NODES.length, hash)));
        expect(outcomes).toEqual(part.map(() => true));
      }
      const { height, hash } = await chain.level(group);
      for (const node of NODES) {
        expect(await chain.blockHash(node, group, height)).toBe(hash);
        const balances = await Promise.all(accounts.map((account) => client.balanceOf(node, token, account)));
        expect(balances).toEqual(accounts.map((account) => expected.get(account)));
      }
    } finally {
      client.close();
    }
  });
});
