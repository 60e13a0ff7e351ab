import { storageError } from "../errors.ts";
import type { SqlConnection } from "./binding.ts";

/** A part of a block and what belongs to it; half of what a field may have (blockchain SPEC, bodies). */
const LEAST_PACKET_BYTES = 16 * 1024 * 1024;
/** Room for rows of any size, which a field bounds, and for some of them in one statement. */
export const GOOD_PACKET_BYTES = 4 * LEAST_PACKET_BYTES;

/** Checks what a server must be able to do. Throws STORAGE_UNSUITABLE with what the operator changes. */
export async function probeServer(connection: SqlConnection): Promise<void> {
  const bytes = connection.maxPacketBytes;
  if (bytes < LEAST_PACKET_BYTES) {
    throw unsuitable(`max_allowed_packet is ${bytes}; set it to ${GOOD_PACKET_BYTES}, at least ${LEAST_PACKET_BYTES}`);
  }
  // What a proxy or a server makes of bytes that are text to nobody.
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const [row] = await connection.select("SELECT HEX(?),LENGTH(?)", [all, all]);
  const expected = Array.from(all, (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
  if (String(row![0]) !== expected || Number(row![1]) !== 256) {
    throw unsuitable(
      "the server changes bytes on their way: its character set is converted; turn that off in proxy and init_connect",
    );
  }
}

function unsuitable(message: string) {
  return storageError("STORAGE_UNSUITABLE", message);
}
