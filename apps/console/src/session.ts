import {
  connectGroup,
  GroupClient,
  type GroupProvider,
  GroupSigner,
  groupUrl,
  jsonRpc,
  type RpcRequest,
} from "@fb/sdk";
import { FbError } from "@fb/types";
import { consoleError } from "./errors.ts";
import { shown } from "./files.ts";
import { type Keystore, walletOf } from "./keystore.ts";
import type { Passwords } from "./terminal/passwords.ts";

export interface SessionOptions {
  /** Base URL of the node. */
  readonly url: string;
  /** Base URL of its operator listener, or the same. */
  readonly operatorUrl: string;
  readonly group: number;
  readonly keystore: Keystore;
  /** A private key to sign with instead of an account. */
  readonly key: string | null;
  /** Which account of the keystore to use. */
  readonly account: string | null;
  readonly passwords: Passwords;
  /** Tells a person what takes long. */
  readonly progress: (text: string) => void;
}

/** What the commands of one run share: the node, the current group and account, and open connections. */
export class Session {
  readonly url: string;
  readonly keystore: Keystore;
  readonly passwords: Passwords;
  readonly progress: (text: string) => void;
  readonly #operatorUrl: string;
  readonly #providers = new Map<number, Promise<GroupProvider>>();
  #group: number;
  #key: string | null;
  #account: string | null;

  constructor(options: SessionOptions) {
    this.url = options.url;
    this.#operatorUrl = options.operatorUrl;
    this.keystore = options.keystore;
    this.passwords = options.passwords;
    this.progress = options.progress;
    this.#group = options.group;
    this.#key = options.key === null ? null : walletOf(options.key).privateKey;
    this.#account = options.account;
  }

  get group(): number {
    return this.#group;
  }

  /** Changes the group after making sure that this node serves it. */
  async switchGroup(group: number): Promise<void> {
    if (!(await this.serves(group))) {
      throw consoleError("CONSOLE_INPUT", `this node does not serve group ${group}`);
    }
    this.#group = group;
  }

  async serves(group: number): Promise<boolean> {
    try {
      await jsonRpc(groupUrl(this.url, group))("eth_chainId", []);
      return true;
    } catch (error) {
      if (isGroupUnknown(error)) return false;
      throw error;
    }
  }

  /** Methods of the 2.x line for the current group. */
  client(): GroupClient {
    return new GroupClient(this.#group, jsonRpc(this.url));
  }

  /** Asks what concerns the node as a whole. Rejects with CONSOLE_INPUT where only clients are answered. */
  async ofNode<T>(ask: (client: GroupClient) => Promise<T>): Promise<T> {
    try {
      return await ask(new GroupClient(this.#group, jsonRpc(this.#operatorUrl)));
    } catch (error) {
      if (!isOperatorOnly(error)) throw error;
      throw consoleError(
        "CONSOLE_INPUT",
        `${this.#operatorUrl} does not tell clients of the node: give --operator-url, the address under [operator] of its config.ini`,
      );
    }
  }

  /** One request to the Ethereum endpoint of the current group. */
  readonly request: RpcRequest = (method, params) => jsonRpc(groupUrl(this.url, this.#group))(method, params);

  /** An ethers provider of the current group; one per group and session. */
  provider(): Promise<GroupProvider> {
    let provider = this.#providers.get(this.#group);
    if (provider === undefined) {
      provider = connectGroup({ url: this.url, groupId: this.#group });
      this.#providers.set(this.#group, provider);
      provider.catch(() => this.#providers.delete(this.#group));
    }
    return provider;
  }

  /** Signs with the key given, or the account chosen, or the only one there is. */
  async signer(): Promise<GroupSigner> {
    const provider = await this.provider();
    this.#key ??= await this.#unlock();
    return new GroupSigner(this.#key, provider);
  }

  useAccount(address: string): void {
    if (!this.keystore.list().some((one) => one.toLowerCase() === address.toLowerCase())) {
      throw consoleError("CONSOLE_ACCOUNT", `no account ${shown(address)} in ${this.keystore.folder}: see listAccount`);
    }
    this.#account = address;
    this.#key = null;
  }

  /** Who signs, as far as it is known without a password. */
  currentAccount(): string | null {
    if (this.#key !== null) return walletOf(this.#key).address;
    const accounts = this.keystore.list();
    return this.#account ?? (accounts.length === 1 ? accounts[0]! : null);
  }

  async close(): Promise<void> {
    for (const provider of this.#providers.values()) (await provider.catch(() => null))?.destroy();
    this.#providers.clear();
  }

  async #unlock(): Promise<string> {
    const address = this.currentAccount();
    if (address !== null) return this.keystore.open(address, await this.passwords.ask(`of ${address}`));
    const many = this.keystore.list().length > 0;
    throw consoleError(
      "CONSOLE_ACCOUNT",
      many
        ? `several accounts in ${this.keystore.folder}: choose one with --account or useAccount`
        : "no account to sign with: run newAccount, or give --key-file <file>",
    );
  }
}

/** The code of the 2.x line for a group that is not served. */
const GROUP_NOT_FOUND = -40001;

function isGroupUnknown(error: unknown): boolean {
  return error instanceof FbError && error.fields["rpcCode"] === GROUP_NOT_FOUND;
}

function isOperatorOnly(error: unknown): boolean {
  return error instanceof FbError && error.fields["reason"] === "OPERATOR_ONLY";
}
