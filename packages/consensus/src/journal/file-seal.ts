import { type KeyRing, open, seal } from "@fb/runtime/encryption";
import { concatBytes, type Height } from "@fb/types";

const NUMBER_BYTES = 4;

/** Encrypts the payloads of one journal file: a frame opens only in its place, in this file (SPEC 3.8). */
export interface FileSeal {
  seal(frame: number, mark: Height, records: Uint8Array): Uint8Array;
  /** Null = not what was written at this place. */
  open(frame: number, mark: Height, payload: Uint8Array): Uint8Array | null;
}

/** @param header the whole header of the file */
export function fileSeal(ring: KeyRing, header: Uint8Array): FileSeal {
  const place = (frame: number, mark: Height) => {
    const position = new Uint8Array(NUMBER_BYTES + 8);
    const view = new DataView(position.buffer);
    view.setUint32(0, frame);
    view.setBigUint64(NUMBER_BYTES, BigInt(mark));
    return { purpose: "journal", context: concatBytes(header, position) } as const;
  };
  return {
    seal: (frame, mark, records) => seal(ring, place(frame, mark), mark, records),
    open(frame, mark, payload) {
      const opened = open(ring, place(frame, mark), payload);
      return opened.ok ? opened.plaintext : null;
    },
  };
}
