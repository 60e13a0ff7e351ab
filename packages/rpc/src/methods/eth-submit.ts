import type { Data } from "@fb/api";
import { data } from "../format/hex.ts";
import { bytes } from "../schema/params.ts";
import { refusedTransaction } from "../submissions/refusal.ts";
import { DIRECT, ethMethod, type GroupScope, type MethodPart } from "./method.ts";

const DROPPED = {
  ok: false,
  code: "TX_DROPPED",
  message:
    "the pool dropped the transaction before it was in a block: another took its place; check the nonce and send again",
  fiscoStatus: null,
} as const;

const HALTED = {
  ok: false,
  code: "HALTED",
  message:
    "the group halted on this node while the transaction waited: other members may have it, send the same bytes to one of them",
  fiscoStatus: null,
} as const;

/** The answer means: in this node's pool. Only a receipt means durable; while the group is not busy it is there already. */
export const ethSubmitMethods = {
  eth_sendRawTransaction: ethMethod([bytes("transaction")], sendRaw, DIRECT),
} satisfies MethodPart;

export async function sendRaw({ handle, services, client }: GroupScope, raw: Uint8Array): Promise<Data> {
  const outcome = await services.submitter.submit(handle, raw, client);
  if (!outcome.ok) throw refusedTransaction(outcome);
  const fate = await services.submitWaits.wait(handle, outcome.hash, client);
  if (fate === "dropped") throw refusedTransaction(DROPPED);
  if (fate === "halted") throw refusedTransaction(HALTED);
  client.noteSubmit(fate === "durable" ? "durable" : "accepted");
  return data(outcome.hash);
}
