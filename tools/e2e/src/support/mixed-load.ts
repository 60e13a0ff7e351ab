import { devAccounts } from "@fb/build-chain";
import { rpcCall } from "@fb/local-chain";
import { ContractFactory, Interface, JsonRpcProvider, Wallet } from "ethers";
import { compileToken } from "./contracts.ts";
import { testWallets } from "./load.ts";

const SENDERS = 8;
const EACH = 1_000_000_000n;
/** Transactions of a sender on their way at most. */
const WINDOW = 40;
const TABLE = "t_mixed";
const GRANTED = "t_granted";
const SYSTEM = {
  config: "0x0000000000000000000000000000000000001000",
  tables: "0x0000000000000000000000000000000000001001",
  crud: "0x0000000000000000000000000000000000001002",
  cns: "0x0000000000000000000000000000000000001004",
  permission: "0x0000000000000000000000000000000000001005",
} as const;

const ABI = new Interface([
  "function transfer(address to, uint256 amount) returns (bool)",
  "function balanceOf(address) view returns (uint256)",
  "function setValueByKey(string,string)",
  "function createTable(string,string,string)",
  "function select(string,string,string,string) view returns (string)",
]);
const CRUD = new Interface([
  "function insert(string,string,string,string)",
  "function update(string,string,string,string,string)",
  "function remove(string,string,string,string)",
]);
const PERMISSION = new Interface(["function insert(string,string)", "function remove(string,string)"]);

interface Call {
  readonly to: string;
  readonly data: string;
}

/** Transactions of every kind: what a sender does with a nonce never changes, so that it can be sent again. */
export class MixedLoad {
  readonly #chainId: bigint;
  readonly #wallets: readonly Wallet[];
  readonly #admin: Wallet;
  #token = "";
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(chainId: bigint, seed: number) {
    this.#chainId = chainId;
    this.#wallets = testWallets(SENDERS, seed);
    this.#admin = new Wallet(devAccounts()[0]!.privateKey);
  }

  /** Deploys the token and creates the tables. */
  async prepare(url: string): Promise<void> {
    const provider = new JsonRpcProvider(url, undefined, { pollingInterval: 50, cacheTimeout: -1 });
    try {
      const signer = this.#admin.connect(provider);
      const { abi, bytecode } = compileToken();
      const holders = this.#wallets.map(({ address }) => address);
      const contract = await new ContractFactory(abi, bytecode, signer).deploy(holders, EACH);
      await contract.waitForDeployment();
      this.#token = await contract.getAddress();
      for (const name of [TABLE, GRANTED]) {
        const data = ABI.encodeFunctionData("createTable", [name, "id", "owner,amount"]);
        await (await signer.sendTransaction({ to: SYSTEM.tables, data, gasLimit: 10_000_000n })).wait();
      }
    } finally {
      provider.destroy();
    }
  }

  /** Sends through whatever node `url` names, until it is stopped. */
  start(url: () => string): void {
    this.#running = this.#run(url);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(url: () => string): Promise<void> {
    const wallets = [...this.#wallets, this.#admin];
    const sent = wallets.map(() => 0);
    let movedAt = performance.now();
    let last = "";
    while (!this.#isStopped) {
      const node = url();
      const committed = await noncesOf(node, wallets).catch(() => null);
      if (committed !== null) {
        if (committed.join() !== last) [last, movedAt] = [committed.join(), performance.now()];
        // Without progress for a while what was sent is sent again: a node that was killed may have lost it.
        const isStuck = performance.now() - movedAt > 3_000;
        if (isStuck) movedAt = performance.now();
        const raws: string[] = [];
        for (const [i, wallet] of wallets.entries()) {
          const from = isStuck ? committed[i]! : Math.max(sent[i]!, committed[i]!);
          const to = committed[i]! + (i < SENDERS ? WINDOW : 2);
          for (let nonce = from; nonce < to; nonce++) raws.push(await this.#sign(wallet, i, nonce));
          sent[i] = Math.max(to, from);
        }
        await sendAll(node, raws);
      }
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }

  #sign(wallet: Wallet, sender: number, nonce: number): Promise<string> {
    const { to, data } = sender < SENDERS ? this.#userCall(sender, nonce) : this.#adminCall(nonce);
    const free = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, gasLimit: 5_000_000n };
    return wallet.signTransaction({ type: 2, chainId: this.#chainId, nonce, to, data, ...free });
  }

  #userCall(sender: number, nonce: number): Call {
    const key = `k${(sender * 31 + nonce * 7) % 50}`;
    const entry = (amount: number) => JSON.stringify({ owner: `s${sender}`, amount: String(amount) });
    const own = JSON.stringify({ owner: { eq: `s${sender}` } });
    const crud = (name: "insert" | "update" | "remove", ...args: string[]) => ({
      to: SYSTEM.crud,
      data: CRUD.encodeFunctionData(name, args),
    });
    switch ((sender + nonce) % 6) {
      case 0:
        return crud("insert", TABLE, key, entry(nonce), "");
      case 1:
        return crud("update", TABLE, key, entry(nonce), own, "");
      case 2:
        return crud("remove", TABLE, key, JSON.stringify({ amount: { le: String(nonce - 30) } }), "");
      case 3: {
        const args = [`name${sender}`, `${nonce}`, this.#token, "[]"];
        return { to: SYSTEM.cns, data: CRUD.encodeFunctionData("insert", args) };
      }
      default:
        return { to: this.#token, data: ABI.encodeFunctionData("transfer", [this.#receiver(sender, nonce), 1n]) };
    }
  }

  #receiver(sender: number, nonce: number): string {
    return this.#wallets[(sender + nonce + 1) % SENDERS]!.address;
  }

  #adminCall(nonce: number): Call {
    const account = this.#wallets[nonce % SENDERS]!.address;
    switch (nonce % 3) {
      case 0:
        return {
          to: SYSTEM.config,
          data: ABI.encodeFunctionData("setValueByKey", ["tx_count_limit", String(3 + (nonce % 4))]),
        };
      case 1:
        return { to: SYSTEM.permission, data: PERMISSION.encodeFunctionData("insert", [GRANTED, account]) };
      default:
        return { to: SYSTEM.permission, data: PERMISSION.encodeFunctionData("remove", [GRANTED, account]) };
    }
  }

  /** Transactions of each sender that a node has committed. */
  nonces(url: string): Promise<number[]> {
    return noncesOf(url, [...this.#wallets, this.#admin]);
  }

  /** Rows of the table as a node answers them. */
  async rows(url: string): Promise<string[]> {
    const rows: string[] = [];
    for (let key = 0; key < 50; key++) {
      const data = ABI.encodeFunctionData("select", [TABLE, `k${key}`, "{}", ""]);
      rows.push(await rpcCall(url, "eth_call", [{ to: SYSTEM.crud, data }, "latest"]));
    }
    return rows;
  }

  /** Accounts whose balance on a node is not what the transactions that it has committed make of it. */
  async wrongBalances(url: string): Promise<string[]> {
    const nonces = await noncesOf(url, this.#wallets);
    const expected = new Map(this.#wallets.map(({ address }) => [address, EACH]));
    for (const [sender, wallet] of this.#wallets.entries()) {
      for (let nonce = 0; nonce < nonces[sender]!; nonce++) {
        if ((sender + nonce) % 6 < 4) continue;
        const receiver = this.#receiver(sender, nonce);
        expected.set(wallet.address, expected.get(wallet.address)! - 1n);
        expected.set(receiver, expected.get(receiver)! + 1n);
      }
    }
    const wrong: string[] = [];
    for (const [address, amount] of expected) {
      const data = ABI.encodeFunctionData("balanceOf", [address]);
      const found = BigInt(await rpcCall(url, "eth_call", [{ to: this.#token, data }, "latest"]));
      if (found !== amount) wrong.push(`${address} has ${found}, not ${amount}`);
    }
    return wrong;
  }
}

function noncesOf(url: string, wallets: readonly Wallet[]): Promise<number[]> {
  return Promise.all(
    wallets.map(async ({ address }) => Number(await rpcCall(url, "eth_getTransactionCount", [address, "latest"]))),
  );
}

/** Refusals show in what is committed. */
async function sendAll(url: string, raws: readonly string[]): Promise<void> {
  for (let at = 0; at < raws.length; at += 100) {
    const body = raws
      .slice(at, at + 100)
      .map((raw, id) => ({ jsonrpc: "2.0", id, method: "eth_sendRawTransaction", params: [raw] }));
    await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    })
      .then((response) => response.arrayBuffer())
      .catch(() => undefined);
  }
}
