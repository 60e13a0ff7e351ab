import { RPC_CODES, RpcError } from "../errors.ts";
import { INVALID, isObject } from "./params.ts";

/** The fields of an object parameter. A null field counts as absent, as a null parameter does. */
export class Fields {
  readonly #parameter: string;
  readonly #value: Readonly<Record<string, unknown>>;

  private constructor(parameter: string, value: Readonly<Record<string, unknown>>) {
    this.#parameter = parameter;
    this.#value = value;
  }

  /** Reads what it knows and leaves the rest alone, for objects to which clients add fields of their own. */
  static some(parameter: string, value: unknown): Fields | typeof INVALID {
    return isObject(value) ? new Fields(parameter, value) : INVALID;
  }

  /**
   * Throws invalidParams naming a field that is not known, because leaving it out would answer another question than
   * the one that was asked.
   */
  static only(known: readonly string[], parameter: string, value: unknown): Fields | typeof INVALID {
    if (!isObject(value)) return INVALID;
    const unknown = Object.keys(value).find((key) => !known.includes(key));
    if (unknown === undefined) return new Fields(parameter, value);
    throw invalidField(parameter, unknown, `is unknown; known are ${known.join(", ")}`);
  }

  has(field: string): boolean {
    const value = this.#value[field];
    return value !== undefined && value !== null;
  }

  /** Null when absent. Throws invalidParams naming the field when it does not read. */
  get<T>(field: string, read: (value: unknown) => T | typeof INVALID): T | null {
    if (!this.has(field)) return null;
    const value = read(this.#value[field]);
    if (value === INVALID) throw this.invalid(field, "is invalid");
    return value;
  }

  invalid(field: string, what: string): RpcError {
    return invalidField(this.#parameter, field, what);
  }
}

function invalidField(parameter: string, field: string, what: string): RpcError {
  const name = field.length > 64 ? `${field.slice(0, 64)}...` : field;
  return new RpcError(RPC_CODES.invalidParams, `field ${JSON.stringify(name)} of parameter ${parameter} ${what}`, {
    parameter,
    field: name,
  });
}
