import { data } from "../hex.ts";
import { ethMethod, type GroupScope, type MethodTable } from "../method.ts";
import { refusedTransaction } from "../refusal.ts";
import { bytes } from "../schema.ts";

/** The answer means: in this node's pool. Only a receipt means durable (DESIGN 5). */
export const ethSubmitMethods: MethodTable = {
  eth_sendRawTransaction: ethMethod([bytes("transaction")], sendRaw),
};

export async function sendRaw({ handle, services }: GroupScope, raw: Uint8Array): Promise<string> {
  const outcome = await services.submitter.submit(handle, raw);
  if (!outcome.ok) throw refusedTransaction(outcome);
  return data(outcome.hash);
}
