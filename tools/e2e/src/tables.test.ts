import { devAccounts } from "@fb/build-chain";
import { rpcCall } from "@fb/local-chain";
import { type CompiledContract, compileOldSolidity, compileSolidity } from "@fb/testkit/solidity";
import {
  type BaseContract,
  Contract,
  ContractFactory,
  type ContractTransactionReceipt,
  JsonRpcProvider,
  Wallet,
} from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestChain, type TestChain } from "./support/chain.ts";

const NODES = [0, 1, 2, 3];
const ADMIN = 0;
const ANN = 1;
const BEN = 2;
const CRUD = "0x0000000000000000000000000000000000001002";
const PERMISSION = "0x0000000000000000000000000000000000001005";
const SYSTEM = [
  "function insert(string,string,string,string) returns (int256)",
  "function update(string,string,string,string,string) returns (int256)",
  "function select(string,string,string,string) view returns (string)",
  "function desc(string) view returns (string,string)",
  "function insert(string,string) returns (int256)",
];

let chain: TestChain;
let tableTest: CompiledContract;
let register: CompiledContract;
beforeAll(async () => {
  chain = await createTestChain({
    topology: "127.0.0.1:4 agency1 1,2",
    groups: ["1:pbft:storage", "2:raft:mpt"],
  });
  tableTest = compileOldSolidity(new URL("../contracts/fisco/TableTest.sol", import.meta.url), "TableTest").TableTest;
  const example = import.meta.resolve("@fb/precompiled/solidity/examples/AssetRegister.sol");
  register = compileSolidity(new URL(example), "AssetRegister").AssetRegister;
});
afterAll(() => chain?.close());

/** Plain ethers on every node of a group; account `who` signs and sends through node `who`. */
function createClient(group: number) {
  const providers = NODES.map((node) => new JsonRpcProvider(chain.url(node, group), undefined, { cacheTimeout: -1 }));
  const wallets = NODES.map((node) => new Wallet(devAccounts()[node]!.privateKey, providers[node]!));
  const at = (address: string, abi: CompiledContract["abi"] | readonly string[], who: number) =>
    new Contract(address, abi, wallets[who]!);
  return {
    async deploy({ abi, bytecode }: CompiledContract): Promise<BaseContract> {
      return (await new ContractFactory(abi, bytecode, wallets[ADMIN]!).deploy()).waitForDeployment();
    },
    /** Sends with the gas that was estimated; the receipt must say success. */
    async send(
      contract: BaseContract,
      who: number,
      name: string,
      ...args: unknown[]
    ): Promise<ContractTransactionReceipt> {
      await chain.level(group);
      const method = contract.connect(wallets[who]!).getFunction(name);
      const estimate = await method.estimateGas(...args);
      const receipt: ContractTransactionReceipt = await (await method(...args, { gasLimit: estimate })).wait();
      expect(receipt.status).toBe(1);
      expect(receipt.gasUsed).toBeLessThanOrEqual(estimate);
      return receipt;
    },
    /** What a function answers, which has to be the same on every node. */
    async ask(contract: BaseContract, name: string, ...args: unknown[]): Promise<unknown> {
      await chain.level(group);
      const answers = await Promise.all(wallets.map((wallet) => contract.connect(wallet).getFunction(name)(...args)));
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      return answers[0];
    },
    system: (address: string) => at(address, SYSTEM, ADMIN),
    /** What a system contract refused with. */
    async refusal(receipt: ContractTransactionReceipt): Promise<string | undefined> {
      const url = chain.url(ADMIN, group);
      await chain.level(group);
      const found = await rpcCall(url, "getTransactionReceipt", [group, receipt.hash]);
      expect(found).not.toBeNull();
      return found?.systemRefusal?.name;
    },
    close() {
      for (const provider of providers) provider.destroy();
    },
  };
}

describe.each([
  ["PBFT over StorageState", 1],
  ["Raft over MPTState", 2],
] as const)("tables in a group of %s", (_name, group) => {
  let client: ReturnType<typeof createClient>;
  const address = (who: number) => devAccounts()[who]!.address;
  beforeAll(() => {
    client = createClient(group);
  });
  afterAll(() => client?.close());

  it("are used by a contract that was written for FISCO BCOS 2.x", async () => {
    const contract = await client.deploy(tableTest);
    const result = async (who: number, name: string, ...args: unknown[]) => {
      const { logs } = await client.send(contract, who, name, ...args);
      return logs.map((log) => contract.interface.parseLog(log)?.args[0]);
    };
    expect(await result(ANN, "insert", "fruit", 1, "apple")).toEqual([1n]);
    expect(await result(BEN, "insert", "fruit", -2, "pear")).toEqual([1n]);
    expect(await result(ANN, "insert", "tree", 3, "oak")).toEqual([1n]);
    expect(await result(BEN, "update", "fruit", 1, "quince")).toEqual([1n]);
    expect(await result(BEN, "update", "fruit", 9, "none")).toEqual([0n]);
    expect(await client.ask(contract, "select", "fruit")).toEqual([
      ["fruit", "fruit"],
      [1n, -2n],
      ["quince", "pear"],
    ]);
    expect(await result(ANN, "remove", "fruit", -2)).toEqual([1n]);
    expect(await client.ask(contract, "select", "fruit")).toEqual([["fruit"], [1n], ["quince"]]);

    // From here on the table is ann's, also through the contract; an administrator's right is not lent to it.
    await client.send(client.system(PERMISSION), ADMIN, "insert(string,string)", "t_test", address(ANN));
    await client.send(client.system(CRUD), ANN, "insert(string,string,string,string)", "t_test", "tree", "{}", "");
    expect(await result(BEN, "insert", "fruit", 4, "plum")).toEqual([-50000n]);
    expect(await result(ADMIN, "insert", "fruit", 4, "plum")).toEqual([-50000n]);
    expect(await result(ANN, "insert", "fruit", 4, "plum")).toEqual([1n]);
    expect(await client.ask(contract, "select", "fruit")).toEqual([
      ["fruit", "fruit"],
      [1n, 4n],
      ["quince", "plum"],
    ]);
  });

  it("keep the register of the tutorial, and show it as JSON", async () => {
    const assets = await client.deploy(register);
    const table = assets.interface.encodeErrorResult("TableCode", [-50001n]);
    await expect(client.deploy(register)).rejects.toMatchObject({ code: "CALL_EXCEPTION", data: table });
    await client.send(
      client.system(PERMISSION),
      ADMIN,
      "insert(string,string)",
      "asset_lots",
      await assets.getAddress(),
    );

    await client.send(assets, ANN, "introduce", "gold", "g");
    expect(await client.ask(assets, "kindOf", "gold")).toEqual([address(ANN), "g"]);
    for (const amount of [5n, 80n, 700n]) await client.send(assets, ANN, "issue", "vault", "gold", amount);
    await expect(client.send(assets, BEN, "issue", "vault", "gold", 1n)).rejects.toThrow("another account issues");
    await client.send(assets, ANN, "move", "vault", "shop", "gold", 30n);
    await client.send(assets, ANN, "move", "vault", "shop", "gold", 5n);
    expect(await client.ask(assets, "lotsOf", "vault", 0n, 0n, 10n)).toEqual([
      ["gold", 50n],
      ["gold", 700n],
    ]);
    expect(await client.ask(assets, "lotsOf", "vault", 51n, 0n, 10n)).toEqual([["gold", 700n]]);
    expect(await client.ask(assets, "lotsOf", "shop", 0n, 1n, 1n)).toEqual([["gold", 5n]]);
    await expect(client.send(assets, ANN, "move", "vault", "shop", "gold", 701n)).rejects.toThrow("no lot is large");

    // Only the contract writes its lots; everybody reads them.
    const crud = client.system(CRUD);
    const forged = ["asset_lots", "shop", '{"asset":"gold","amount":"9"}', ""];
    const receipt = await client.send(crud, BEN, "insert(string,string,string,string)", ...forged);
    expect(await client.refusal(receipt)).toBe("permissionDenied");
    const lots = '[{"holder":"shop","asset":"gold","amount":"30"},{"holder":"shop","asset":"gold","amount":"5"}]';
    expect(await client.ask(crud, "select", "asset_lots", "shop", "{}", "")).toBe(lots);
    expect(await client.ask(crud, "desc", "asset_lots")).toEqual(["holder", "asset,amount"]);
    const kind = `[{"asset":"gold","issuer":"${address(ANN).slice(2).toLowerCase()}","unit":"g"}]`;
    expect(await client.ask(crud, "select", "asset_kinds", "gold", '{"unit":{"ne":"kg"}}', "")).toBe(kind);
    const changed = await client.send(crud, BEN, "update", "asset_kinds", "gold", '{"unit":"kg"}', "{}", "");
    expect(await client.refusal(changed)).toBeUndefined();
    expect(await client.ask(assets, "kindOf", "gold")).toEqual([address(ANN), "kg"]);
  });

  it("have one root on all four nodes", async () => {
    const { height } = await chain.level(group);
    const rootAt = async (node: number, at: number) =>
      (await rpcCall(chain.url(node, group), "eth_getBlockByNumber", [`0x${at.toString(16)}`, false]))?.tablesRoot;
    const roots = await Promise.all(NODES.map((node) => rootAt(node, height)));
    expect(new Set(roots).size).toBe(1);
    expect(roots[0]).not.toBe(await rootAt(0, 0));
  });
});
