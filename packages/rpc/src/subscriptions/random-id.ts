import type { Quantity } from "@fb/api";
import { quantityOf } from "../format/hex.ts";

/**
 * An id nobody else can guess; filters and subscriptions have no other protection. Some clients read it as a number and
 * send it back as one, so it is a quantity of always 32 digits.
 */
export function randomId(): Quantity {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0]! |= 0x80;
  return quantityOf(bytes);
}
