import type { Account, EvmHost, Hex, StateMiss } from "@fb/types";
import { EvmEngineError } from "../errors.ts";
import { isAlwaysWarm } from "../warm.ts";
import { ACCOUNT, ACCOUNT_FLAG } from "./layout.ts";
import type { LinearMemory } from "./memory.ts";

const EMPTY_CODE_HASH = Uint8Array.of(
  ...[0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0],
  ...[0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70],
);

/**
 * Answers the module's synchronous questions from the view. 0 (or -1 for code) means that the item is not in memory:
 * `miss` says what to load, and the module asks again afterwards.
 */
export class StateReader {
  readonly #memory: () => LinearMemory;
  /** Hex of addresses and slot keys by the numbers the module gives them; outlives an execution. */
  readonly names: Hex[] = [];
  /** What the view said about the accounts of this execution, by account number. */
  readonly accounts: (Account | null)[] = [];
  miss: StateMiss | null = null;
  /** Something was just loaded: the module asks for it again before it does anything else. */
  #loaded = false;
  #host: EvmHost | null = null;
  #code: Uint8Array | null = null;

  constructor(memory: () => LinearMemory) {
    this.#memory = memory;
  }

  /** Starts (or with null ends) an execution; `forget` voids all names. */
  begin(host: EvmHost | null, forget: boolean): void {
    this.#host = host;
    this.#code = null;
    this.miss = null;
    this.#loaded = false;
    this.accounts.length = 0;
    if (forget) this.names.length = 0;
  }

  /** The functions the module imports. */
  imports() {
    return {
      loadAccount: (index: number, record: number, name: number) => this.#loadAccount(index, record, name),
      loadSlot: (address: number, key: number, name: number, target: number) =>
        this.#loadSlot(address, key, name, target),
      codeSize: (hash: number) => this.#codeSize(hash),
      copyCode: (target: number) => this.#memory().bytes.set(this.#code!, target),
      blockHash: (number: bigint, target: number) => this.#blockHash(number, target),
      revertTables: (mark: number) => this.#host!.revertTo(mark),
    };
  }

  #loadAccount(index: number, record: number, name: number): number {
    const host = this.#host!;
    const memory = this.#memory();
    const address = this.names[name] ?? this.#setName(name, memory.hex(record, 20));
    const account = host.view.peekAccount(address);
    if (account === undefined) {
      this.#missing({ type: "account", address });
      return 0;
    }
    this.#loaded = false;
    this.accounts[index] = account;
    const view = memory.view;
    let flags = view.getUint32(record + ACCOUNT.flags, true);
    if (host.isSystemContract(address)) flags |= ACCOUNT_FLAG.system;
    if (isAlwaysWarm(host, address)) flags |= ACCOUNT_FLAG.warm;
    if (account === null) {
      memory.bytes.fill(0, record + ACCOUNT.balance, record + ACCOUNT.codeHash);
      memory.bytes.set(EMPTY_CODE_HASH, record + ACCOUNT.codeHash);
    } else {
      flags |= ACCOUNT_FLAG.existed;
      memory.writeWord(record + ACCOUNT.balance, account.balance);
      view.setBigUint64(record + ACCOUNT.nonce, account.nonce, true);
      memory.bytes.set(account.codeHash, record + ACCOUNT.codeHash);
    }
    view.setUint32(record + ACCOUNT.flags, flags, true);
    return 1;
  }

  #setName(name: number, text: Hex): Hex {
    this.names[name] = text;
    return text;
  }

  #loadSlot(addressName: number, key: number, name: number, target: number): number {
    const memory = this.#memory();
    const address = this.names[addressName]!;
    const slot = this.names[name] ?? this.#setName(name, memory.wordHex(key));
    const value = this.#host!.view.peekSlot(address, slot);
    if (value === undefined) {
      this.#missing({ type: "slot", address, slot });
      return 0;
    }
    this.#loaded = false;
    memory.bytes.set(value, target);
    return 1;
  }

  #codeSize(hash: number): number {
    const codeHash = this.#memory().hex(hash, 32);
    const code = this.#host!.view.peekCode(codeHash);
    if (code === undefined) {
      this.#missing({ type: "code", codeHash });
      return -1;
    }
    this.#loaded = false;
    this.#code = code;
    return code.length;
  }

  #missing(miss: StateMiss): void {
    if (this.#loaded) {
      throw new EvmEngineError("STATE_LOAD_BROKEN", "the view does not know an item it just loaded", { ...miss });
    }
    this.miss = miss;
    this.#loaded = true;
  }

  #blockHash(number: bigint, target: number): void {
    const { bytes } = this.#memory();
    const hash = this.#host!.block.blockHash(Number(number));
    if (hash === null) bytes.fill(0, target, target + 32);
    else bytes.set(hash, target);
  }
}
