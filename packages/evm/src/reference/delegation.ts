import { Address } from "@ethereumjs/util";

const PREFIX = [0xef, 0x01, 0x00];
const SIZE = 23;

/** Where code of an account delegates to: ef0100 and an address, 23 bytes (EIP-7702); null for any other code. */
export function delegateOf(code: Uint8Array): Address | null {
  if (code.length !== SIZE || PREFIX.some((byte, i) => code[i] !== byte)) return null;
  return new Address(code.slice(PREFIX.length));
}
