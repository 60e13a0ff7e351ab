import { requireGranted } from "@fb/sdk";
import { FbError, fromHex, isSystemAddress } from "@fb/types";
import { type Interface, parseUnits, type TransactionReceipt } from "ethers";
import type { GivenOptions } from "./command.ts";
import { consoleError } from "./errors.ts";
import { shown } from "./files.ts";
import type { Session } from "./session.ts";
import { explainRevert, revertText } from "./solidity/reverts.ts";
import { plainValues } from "./solidity/values.ts";
import { fields, type View } from "./view.ts";

const RECEIPT_TIMEOUT_MS = 60_000;

export const SENDING_OPTIONS = [
  ["--value <amount>", "amount to send along, in the smallest unit"],
  ["--gas <limit>", "gas limit; estimated without it"],
  ["--group-transaction", "send the 13-field kind (unordered) instead of an Ethereum transaction"],
] as const;

export interface Sending {
  /** Absent = creates a contract. */
  readonly to?: string;
  readonly data: string;
  readonly value: bigint;
  readonly gas: bigint | null;
  readonly asGroup: boolean;
}

/** What {@link SENDING_OPTIONS} say. */
export function sendingOf(options: GivenOptions): Omit<Sending, "to" | "data"> {
  const { value, gas } = options;
  return {
    value: typeof value === "string" ? readAmount(value) : 0n,
    gas: typeof gas === "string" ? readAmount(gas) : null,
    asGroup: options["groupTransaction"] === true,
  };
}

export function readAmount(text: string): bigint {
  const [, digits, unit] = /^([0-9]+(?:\.[0-9]+)?)(wei|gwei|ether)?$/.exec(text) ?? [];
  try {
    if (digits !== undefined) return parseUnits(digits, unit ?? "wei");
  } catch {
    // Falls through to the same sentence.
  }
  throw consoleError("CONSOLE_USAGE", `${shown(text)} is not an amount: write 100, 5gwei or 1.5ether`);
}

/**
 * Signs, sends and waits for the receipt of a transaction that did what was asked. Rejects with the reason, decoded by
 * `abi`, when it failed or a system contract refused it.
 */
export async function submit(session: Session, sending: Sending, abi: Interface): Promise<TransactionReceipt> {
  const { asGroup, data, gas, value, to } = sending;
  const signer = await session.signer();
  const target = to === undefined ? {} : { to };
  session.progress(`sending from ${signer.address} to group ${session.group}`);
  if (asGroup) {
    const request = { ...target, data, value, ...(gas === null ? {} : { gas }) };
    return explainRevert(abi, () => signer.sendGroupTransaction(request)).catch((error: unknown) => {
      if (!(error instanceof FbError) || error.code !== "SDK_TRANSACTION_FAILED") throw error;
      const { hash, statusMsg, output } = error.fields;
      throw failed(abi, String(hash), String(statusMsg), String(output));
    });
  }
  const request = { ...target, data, value, ...(gas === null ? {} : { gasLimit: gas }) };
  const sent = await explainRevert(abi, () => signer.sendTransaction(request));
  session.progress(`sent ${sent.hash}, waiting for its block`);
  const receipt = (await signer.provider!.waitForTransaction(sent.hash, 1, RECEIPT_TIMEOUT_MS))!;
  if (receipt.status !== 1) {
    const found = await session.client().getTransactionReceipt(sent.hash);
    throw failed(abi, sent.hash, found?.statusMsg ?? "unknown", found?.output ?? "0x");
  }
  await requireGranted(session.client(), receipt);
  return receipt;
}

function failed(abi: Interface, hash: string, status: string, output: string): Error {
  const reason = revertText(abi, output);
  return consoleError(
    "CONSOLE_TRANSACTION",
    `transaction ${hash} failed: ${status}${reason === null ? "" : ` (${reason})`}`,
  );
}

/** A receipt with its events by name, and with what a system contract answered. */
export async function receiptView(session: Session, receipt: TransactionReceipt, abi: Interface): Promise<View> {
  const events = receipt.logs.flatMap((log) => {
    const parsed = abi.parseLog(log);
    return parsed === null ? [] : [{ event: parsed.name, address: log.address, values: plainValues(parsed.args) }];
  });
  return fields({
    transaction: receipt.hash,
    block: receipt.blockNumber,
    status: "ok",
    ...(receipt.to !== null && isSystemAddress(fromHex(receipt.to)!)
      ? { answer: await systemAnswer(session, receipt.hash) }
      : {}),
    gasUsed: receipt.gasUsed,
    logs: receipt.logs.length,
    ...(events.length === 0 ? {} : { events }),
  });
}

/** The number that every writing function of a system contract returns; other output as it is. */
async function systemAnswer(session: Session, hash: string): Promise<string> {
  const output = (await session.client().getTransactionReceipt(hash))?.output ?? "0x";
  return output.length === 66 ? BigInt(output).toString() : output;
}
