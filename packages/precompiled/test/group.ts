import { createCryptoSuite } from "@fb/crypto";
import { BlockOverlay, TABLES } from "@fb/storage-amdb";
import {
  type Address,
  bigTo32,
  EMPTY,
  fromHex,
  InvariantError,
  type NodeId,
  type PrecompileCall,
  type PrecompileOutcome,
  type StoredRow,
  type TableLoad,
  toHex,
} from "@fb/types";
import { Interface } from "ethers";
import type { Steps } from "../src/definition.ts";
import { GasMeter } from "../src/gas.ts";
import { createSystemContracts, decodeError, SYSTEM_ABI, type SystemCallContext } from "../src/index.ts";
import { SystemSession } from "../src/session.ts";

const suite = await createCryptoSuite();
export const contracts = createSystemContracts(suite);
const utf8 = new TextEncoder();
const at = (digits: string): Address => fromHex(digits.padStart(40, "0"))!;
export const CONFIG = at("1000");
export const CRUD = at("1002");
export const CONSENSUS = at("1003");
export const CNS = at("1004");
export const PERMISSION = at("1005");
export const ADMIN = at("ad");
export const USER = at("05e7");
/** The block under execution. */
export const HEIGHT = 41;
const TX_HASH = new Uint8Array(32).fill(7);
const DEFAULTS = {
  caller: ADMIN,
  origin: ADMIN,
  value: 0n,
  gas: 1_000_000_000n,
  isStatic: false,
  isDelegated: false,
} as const;
const keys = [1n, 2n, 3n, 4n, 5n].map((n) => toHex(suite.publicKey(bigTo32(n)))).sort();
const interfaces = new Map([...SYSTEM_ABI].map(([address, lines]) => [address, new Interface(lines)]));

/** Public keys by letter, in order, a capital letter for upper case; other letters are no ids. */
export function node(letter: string): NodeId {
  const id = keys["abcde".indexOf(letter.toLowerCase())] ?? letter.repeat(128);
  return (letter < "a" ? id.toUpperCase() : id) as NodeId;
}

/** An address as rows and arguments hold it. */
export function text(address: Address): string {
  return `0x${toHex(address)}`;
}

/** Calldata. */
export function encode(to: Address, name: string, ...args: unknown[]): Uint8Array {
  return fromHex(interfaces.get(toHex(to))!.encodeFunctionData(name, args))!;
}

/** The tables of a group with two sealers, an observer and an admin, and calls of its system contracts. */
export class TestGroup {
  readonly overlay: BlockOverlay;
  /** Calls belong to one transaction. */
  readonly context: SystemCallContext;
  /** Keys that calls have asked for. */
  readonly loads: TableLoad[] = [];
  readonly #rows = new Map<string, StoredRow[]>();

  constructor() {
    this.seed(TABLES.tableAccess, TABLES.tableAccess, [text(ADMIN), "0"]);
    this.seed(
      TABLES.consensus,
      "node",
      ["sealer", node("a"), "0"],
      ["sealer", node("b"), "0"],
      ["observer", node("c"), "0"],
    );
    this.seed(TABLES.config, "tx_count_limit", ["1000", "0"]);
    const known = new Set<string>();
    const idOf = (table: string, key: Uint8Array) => `${table}/${new TextDecoder().decode(key)}`;
    const committed = {
      peek: (table: string, key: Uint8Array) => {
        const id = idOf(table, key);
        return known.has(id) ? (this.#rows.get(id) ?? []) : undefined;
      },
      load: async (keys: readonly TableLoad[]) => {
        this.loads.push(...keys);
        return keys.map(({ table, key }) => {
          const id = idOf(table, key);
          known.add(id);
          return this.#rows.get(id) ?? [];
        });
      },
    };
    this.overlay = new BlockOverlay(committed, HEIGHT);
    this.context = { tables: this.overlay, number: HEIGHT, objects: contracts.objectsOf(TX_HASH) };
  }

  /** Replaces the rows under a key. */
  seed(table: string, key: string, ...values: readonly (readonly string[])[]): void {
    this.#rows.set(
      `${table}/${key}`,
      values.map((fields, i) => ({
        key: utf8.encode(key),
        row: i + 1,
        fields: [...fields, "00000000"].map((field) => utf8.encode(field)),
      })),
    );
  }

  /** Empties all tables. */
  clear(): void {
    this.#rows.clear();
  }

  async call(
    fields: Partial<PrecompileCall> & { readonly address: Address; readonly input: Uint8Array },
  ): Promise<PrecompileOutcome> {
    const full: PrecompileCall = { ...DEFAULTS, inputSize: fields.input.length, ...fields };
    return this.#finish(contracts.call(full, this.context));
  }

  /** Runs a part of a contract as a caller, with plenty of gas. */
  run<T>(fields: Pick<PrecompileCall, "caller" | "origin">, part: (session: SystemSession) => Steps<T>): Promise<T> {
    const call = { ...DEFAULTS, address: PERMISSION, input: EMPTY, inputSize: 0, ...fields };
    return this.#finish(part(new SystemSession(suite, call, this.context, new GasMeter(call.gas))));
  }

  async #finish<T>(running: Steps<T>): Promise<T> {
    let step = running.next();
    while (!step.done) {
      await this.overlay.load(step.value);
      step = running.next();
    }
    return step.value;
  }

  /** What a function returns to an account that calls it. Rejects when the call is refused. */
  async send(to: Address, caller: Address, name: string, ...args: unknown[]): Promise<unknown> {
    const { error, output } = await this.call({
      address: to,
      caller,
      origin: caller,
      input: encode(to, name, ...args),
    });
    if (error !== null) throw new InvariantError(`${name}: ${decodeError(output) ?? error}`);
    const decoded = interfaces.get(toHex(to))!.decodeFunctionResult(name, output);
    return decoded.length === 1 ? decoded[0] : [...decoded];
  }
}
