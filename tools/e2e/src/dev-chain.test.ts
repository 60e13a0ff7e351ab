import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { devAccounts } from "@fb/build-chain";
import { rpcCall } from "@fb/local-chain";
import { Contract, concat, Interface, JsonRpcProvider, keccak256, Wallet, zeroPadValue } from "ethers";
import { createPublicClient, defineChain, http, parseAbi } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";

const FACTORY = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
const MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11";
/** The transaction that deploys the factory on any chain: signed for none, by nobody's key. */
const KEYLESS_INIT = `0x604580600e600039806000f350fe7f${"ff".repeat(31)}e03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3`;
const KEYLESS = `0xf8a58085174876e800830186a08080b853${KEYLESS_INIT.slice(2)}1ba0${"22".repeat(32)}a0${"22".repeat(32)}`;
/** Init code of a contract whose code is the one byte 01. */
const INIT = "0x600160005360016000f3";

const { multicall3Bytecode } = createRequire(import.meta.url)(
  join(dirname(createRequire(import.meta.url).resolve("viem")), "constants/contracts.js"),
);

let chain: TestChain;
beforeAll(async () => {
  chain = await createTestChain({ topology: "127.0.0.1:1 agency1 1,2", groups: ["1:pbft:storage", "2:raft:mpt"] });
});
afterAll(() => chain.close());

describe.each([1, 2])("a development chain, group %i", (group) => {
  const url = () => chain.url(0, group);

  it("has the deployers that tools expect, as their creation code leaves them", async () => {
    for (const [address, init] of [
      [FACTORY, KEYLESS_INIT],
      [MULTICALL3, multicall3Bytecode],
    ]) {
      const code = await rpcCall(url(), "eth_getCode", [address, "latest"]);
      expect(code).toBe(await rpcCall(url(), "eth_call", [{ data: init }, "latest"]));
      expect(await rpcCall(url(), "eth_getTransactionCount", [address, "latest"])).toBe("0x1");
    }
  });

  it("deploys to the same address as everywhere, and answers many calls at once", async () => {
    const provider = new JsonRpcProvider(url(), undefined, { cacheTimeout: -1, pollingInterval: 50 });
    const wallet = new Wallet(devAccounts()[0]!.privateKey, provider);
    const salt = zeroPadValue("0x2a", 32);
    const made = await wallet.sendTransaction({ to: FACTORY, data: concat([salt, INIT]) });
    expect((await made.wait())!.status).toBe(1);
    const address = `0x${keccak256(concat(["0xff", FACTORY, salt, keccak256(INIT)])).slice(-40)}`;
    expect(await provider.getCode(address)).toBe("0x01");
    provider.destroy();

    const client = createPublicClient({
      transport: http(url()),
      chain: defineChain({
        id: 65_536 + group,
        name: "fb",
        nativeCurrency: { name: "Coin", symbol: "C", decimals: 18 },
        rpcUrls: { default: { http: [url()] } },
        contracts: { multicall3: { address: MULTICALL3 } },
      }),
    });
    const abi = parseAbi([
      "function getEthBalance(address) view returns (uint256)",
      "function nothing() view returns (uint256)",
    ]);
    const call = { address: MULTICALL3, abi } as const;
    const [balance, failed] = await client.multicall({
      contracts: [
        { ...call, functionName: "getEthBalance", args: [devAccounts()[1]!.address as `0x${string}`] },
        { ...call, functionName: "nothing" },
      ],
    });
    expect(balance).toMatchObject({ status: "success", result: 10n ** 24n });
    expect(failed.status).toBe("failure");
  });

  it("takes the keyless transaction, and shows it as it is signed", async () => {
    const hash = await rpcCall(url(), "eth_sendRawTransaction", [KEYLESS]);
    expect(hash).toBe(keccak256(KEYLESS));
    const shown = await rpcCall(url(), "eth_getTransactionByHash", [hash]);
    expect(shown).toMatchObject({ v: "0x1b", type: "0x0", from: "0x3fab184622dc19b6109349b94811493bf2a45362" });
    expect(shown).not.toHaveProperty("chainId");
  });

  it("lets every web page call", async () => {
    const preflight = await fetch(url(), {
      method: "OPTIONS",
      headers: { origin: "https://remix.example", "access-control-request-method": "POST" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
  });

  it("says what a system contract refused to somebody without the right", async () => {
    const config = new Contract(
      "0x0000000000000000000000000000000000001000",
      new Interface(["function setValueByKey(string,string) returns (int256)"]),
      new JsonRpcProvider(url(), undefined, { cacheTimeout: -1, pollingInterval: 50 }),
    );
    const signer = new Wallet(devAccounts()[3]!.privateKey, config.runner!.provider!);
    const sent = await (config.connect(signer) as Contract).getFunction("setValueByKey")("tx_count_limit", "500");
    expect((await sent.wait()).status).toBe(1);
    const receipt = await rpcCall(url(), "getTransactionReceipt", [group, sent.hash]);
    expect(receipt?.systemRefusal).toMatchObject({ code: -50000, name: "permissionDenied" });
    (signer.provider as JsonRpcProvider).destroy();
  });
});
