const HEADER_BYTES = 4;
const COM_QUERY = 0x03;
const LONGEST_COMMIT = 64;

/**
 * Splits what a client of the MySQL protocol sends into packets (3 bytes length, 1 byte number, payload). Neither
 * compressed nor encrypted connections can be read.
 */
export class PacketSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** Whole packets, headers included, of which this is the end. */
  push(chunk: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const packets: Buffer[] = [];
    while (this.#rest.length >= HEADER_BYTES) {
      const bytes = HEADER_BYTES + this.#rest.readUIntLE(0, 3);
      if (this.#rest.length < bytes) break;
      packets.push(this.#rest.subarray(0, bytes));
      this.#rest = this.#rest.subarray(bytes);
    }
    return packets;
  }
}

/** Whether a packet is the statement COMMIT. */
export function isCommit(packet: Buffer): boolean {
  if (packet[HEADER_BYTES] !== COM_QUERY || packet.length > LONGEST_COMMIT) return false;
  return /^\s*commit\s*;?\s*$/i.test(packet.toString("latin1", HEADER_BYTES + 1));
}
