import { concatBytes } from "@fb/types";

// Protobuf by hand, so that what a correct node never sends can be written as well. Integers are below 2^53.

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.of(...bytes, rest);
    bytes.push((rest % 128) + 128);
  }
}

function uintField(number: number, value: number): Uint8Array {
  return concatBytes(varint(number * 8), varint(value));
}

export function bytesField(number: number, value: Uint8Array): Uint8Array {
  return concatBytes(varint(number * 8 + 2), varint(value.length), value);
}

/** A field of no bytes again and again: the most elements for the fewest bytes. */
function emptyFields(number: number, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes - (bytes % 2));
  for (let i = 0; i < out.length; i += 2) out[i] = number * 8 + 2;
  return out;
}

export function concatFields(...fields: Uint8Array[]): Uint8Array {
  return concatBytes(...fields);
}

/** Messages of module `sync` (sync SPEC 1). */
export const syncMessage = {
  status: (fields: { genesisHash: Uint8Array; height: number; headHash: Uint8Array }) =>
    bytesField(
      1,
      concatBytes(
        uintField(1, 2),
        bytesField(2, fields.genesisHash),
        uintField(3, fields.height),
        bytesField(4, fields.headHash),
        uintField(5, 1),
      ),
    ),
  blockResponse: (id: number, items: Uint8Array) => bytesField(3, concatBytes(uintField(1, id), bytesField(3, items))),
};

/** Messages of module `txs` (sync SPEC 1). */
export const txsMessage = {
  batch: (raws: readonly Uint8Array[]) => bytesField(1, concatBytes(...raws.map((raw) => bytesField(1, raw)))),
  announce: (hashes: Uint8Array) => bytesField(2, bytesField(1, hashes)),
};

/** The envelope of PBFT messages (pbft SPEC 8): kind 2 is a Sign, 3 a Commit. */
export function pbftVote(fields: {
  kind: 2 | 3;
  height: number;
  view: number;
  hash: Uint8Array;
  signature: Uint8Array;
}): Uint8Array {
  return concatBytes(
    uintField(1, fields.kind),
    uintField(2, fields.height),
    uintField(3, fields.view),
    bytesField(4, fields.hash),
    bytesField(7, fields.signature),
  );
}

/** The envelope of Raft messages (raft SPEC 8). */
export function raftMessage(fields: {
  kind: number;
  term: number;
  head: number;
  hash: Uint8Array;
  certificate: Uint8Array;
  signature: Uint8Array;
}): Uint8Array {
  return concatBytes(
    uintField(1, fields.kind),
    uintField(2, fields.term),
    uintField(3, fields.head),
    bytesField(5, fields.hash),
    bytesField(10, fields.certificate),
    bytesField(11, fields.signature),
  );
}

/** `bytes` of empty elements in every kind of message that has any: by module, what a node would have to build. */
export function decodeBombs(bytes: number): readonly ["sync" | "txs" | "consensus", Uint8Array][] {
  const room = bytes - 32;
  const empties = emptyFields(1, room);
  return [
    ["sync", emptyFields(1, room)],
    ["sync", emptyFields(2, room)],
    ["sync", syncMessage.blockResponse(1, empties)],
    ["sync", bytesField(3, emptyFields(2, room))],
    ["txs", bytesField(1, empties)],
    ["txs", bytesField(2, new Uint8Array(room))],
    ["txs", bytesField(3, concatBytes(uintField(1, 1), bytesField(2, new Uint8Array(room))))],
    ["txs", bytesField(4, concatBytes(uintField(1, 1), bytesField(3, empties)))],
    ["txs", bytesField(4, emptyFields(2, room))],
    // The certificate of a Prepare and of a ViewChange: empty signatures, and sealers of one byte each.
    ...[1, 4].flatMap((kind): ["consensus", Uint8Array][] => [
      ["consensus", concatBytes(uintField(1, kind), uintField(2, 1), bytesField(6, emptyFields(5, room)))],
      [
        "consensus",
        concatBytes(uintField(1, kind), uintField(2, 1), bytesField(6, bytesField(4, new Uint8Array(room - 16)))),
      ],
    ]),
  ];
}
