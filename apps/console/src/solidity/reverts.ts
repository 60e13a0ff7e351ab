import type { ErrorFragment, Interface } from "ethers";
import { consoleError } from "../errors.ts";

/** Panic codes of Solidity that a contract's own code can cause. */
const PANICS: Readonly<Record<string, string>> = {
  "1": "an assertion failed",
  "17": "an arithmetic overflow or underflow",
  "18": "a division by zero",
  "33": "a value that the enum does not have",
  "34": "a storage byte array is encoded wrongly",
  "49": "pop of an empty array",
  "50": "an index out of bounds",
  "65": "too much memory",
  "81": "a call of an uninitialised function",
};

/**
 * What a contract returned when it reverted, in words: its own error with arguments where the ABI names it, Solidity's
 * otherwise. Null for no data.
 */
export function revertText(abi: Interface, output: string): string | null {
  if (output === "0x") return null;
  // Solidity's own two are part of every interface.
  const error = abi.getError(output.slice(0, 10));
  if (error === null) return `an error that the ABI does not name: ${output}`;
  const args = argumentsOf(abi, error, output);
  if (args === null) return `an error that cannot be read: ${output}`;
  const [first] = args;
  const signature = error.format();
  if (signature === "Error(string)") return String(first);
  if (signature !== "Panic(uint256)") return `${error.name}(${named(error, args)})`;
  const meaning = PANICS[String(first)];
  return `panic 0x${(first as bigint).toString(16)}${meaning === undefined ? "" : ` (${meaning})`}`;
}

/** Runs what may revert. A revert rejects with CONSOLE_TRANSACTION and {@link revertText}, anything else as it was. */
export async function explainRevert<T>(abi: Interface, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { code, data } = error as { code?: unknown; data?: unknown };
    const reason = code === "CALL_EXCEPTION" && typeof data === "string" ? revertText(abi, data) : null;
    if (reason === null) throw error;
    throw consoleError("CONSOLE_TRANSACTION", `execution reverted: ${reason}`);
  }
}

/** Null when they are none of this error, whatever its selector says. */
function argumentsOf(abi: Interface, error: ErrorFragment, output: string): readonly unknown[] | null {
  try {
    return abi.decodeErrorResult(error, output).toArray();
  } catch {
    return null;
  }
}

function named({ inputs }: ErrorFragment, args: readonly unknown[]): string {
  return inputs.map(({ name }, i) => `${name === "" ? "" : `${name}: `}${String(args[i])}`).join(", ");
}
