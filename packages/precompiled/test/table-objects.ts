import { type Address, fromHex, InvariantError, type PrecompileCall, type PrecompileOutcome } from "@fb/types";
import { Interface } from "ethers";
import { decodeError, OBJECT_ABI, SYSTEM_ABI } from "../src/index.ts";
import { type TestGroup, USER } from "./group.ts";

const factoryAt = (digits: string) => digits.padStart(40, "0");
const FACTORY = new Interface(SYSTEM_ABI.get(factoryAt("1001"))!);
const INTERFACES = new Map([...OBJECT_ABI].map(([name, lines]) => [name, new Interface(lines)]));

/** A contract of which a test knows the interface; overloaded functions are named with their types. */
export class Handle {
  readonly address: Address;
  readonly #group: TestGroup;
  readonly #abi: Interface;

  constructor(group: TestGroup, address: Address, abi: Interface) {
    this.#group = group;
    this.address = address;
    this.#abi = abi;
  }

  call(name: string, args: readonly unknown[], fields: Partial<PrecompileCall> = {}): Promise<PrecompileOutcome> {
    const input = fromHex(this.#abi.encodeFunctionData(name, args.map(argument)))!;
    return this.#group.call({ caller: USER, origin: USER, address: this.address, input, ...fields });
  }

  /** The value, or values, that a function returns. Rejects when it is refused. */
  async get(name: string, ...args: readonly unknown[]): Promise<unknown> {
    const { error, output } = await this.call(name, args);
    if (error !== null) throw new InvariantError(`${name}: ${decodeError(output) ?? error}`);
    const decoded = this.#abi.decodeFunctionResult(name, output);
    if (decoded.length === 0) return undefined;
    return decoded.length === 1 ? decoded[0] : [...decoded];
  }

  /** The object that a function returns. */
  async object(kind: string, name: string, ...args: readonly unknown[]): Promise<Handle> {
    return handleAt(this.#group, kind, (await this.get(name, ...args)) as string);
  }
}

/** The object at an address that a function returned. */
export function handleAt(group: TestGroup, kind: string, address: string): Handle {
  return new Handle(group, fromHex(address)!, INTERFACES.get(kind)!);
}

/** TableFactory, or KVTableFactory. */
export function tableFactory(group: TestGroup, digits: "1001" | "1010"): Handle {
  return new Handle(group, fromHex(factoryAt(digits))!, FACTORY);
}

function argument(value: unknown): unknown {
  return value instanceof Handle
    ? `0x${Array.from(value.address, (byte) => byte.toString(16).padStart(2, "0")).join("")}`
    : value;
}
