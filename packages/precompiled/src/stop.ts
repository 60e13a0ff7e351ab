import { FbError } from "@fb/types";

/**
 * How a running system contract ends early; never leaves this package. The dispatcher turns it into an outcome:
 * - `OUT_OF_GAS`: the gas of the call is used up;
 * - `REVERTED`: refused for the reason in the message, as `Error(string)`.
 */
export type StopCode = "OUT_OF_GAS" | "REVERTED";

export class Stop extends FbError<StopCode> {}

export function refuse(reason: string): never {
  throw new Stop("REVERTED", reason);
}
