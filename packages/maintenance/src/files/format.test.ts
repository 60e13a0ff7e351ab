import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSeededRng } from "@fb/runtime/testing";
import { numberKey } from "@fb/storage-amdb";
import { concatBytes, type TableRow, toHex } from "@fb/types";
import { expect, it, onTestFinished } from "vitest";
import { type BlockItem, decodeBlockItems, encodeBlockItem } from "./block-items.ts";
import { decodeFileHeader, encodeFileHeader, type FileHeader } from "./file-header.ts";
import { openFrames } from "./frame-reader.ts";
import { writeFrames } from "./frame-writer.ts";
import { decodeRows, encodeRow } from "./row-items.ts";

const header: FileHeader = {
  kind: "backup",
  chainId: 7,
  groupId: 3,
  stateType: "mpt",
  genesisHash: new Uint8Array(32).fill(1),
  from: 0,
  height: 258,
  headHash: new Uint8Array(32).fill(2),
};
const rows: readonly TableRow[] = [
  { table: "_sys_code_", key: Uint8Array.of(1, 2), row: 0, fields: [Uint8Array.of(9)] },
  { table: "_sys_code_", key: Uint8Array.of(1, 2, 3), row: 0, fields: [] },
  { table: "u_a", key: Uint8Array.of(), row: 1, fields: [Uint8Array.of(), numberKey(5)] },
  { table: "u_a", key: Uint8Array.of(), row: 300, fields: [Uint8Array.of(7)] },
];
const encodeRows = (list: readonly TableRow[]) =>
  concatBytes(...list.map((row, i) => encodeRow(row, list[i - 1] ?? null)));
const encodeBlocks = (list: readonly BlockItem[]) => concatBytes(...list.map(encodeBlockItem));

it("a small backup has these bytes (SPEC 3.1, 3.2, 3.3)", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fb-frames-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "file");
  const items = (async function* () {
    yield* rows;
  })();
  const written = await writeFrames(path, { header, items, encode: encodeRow });
  expect(toHex(readFileSync(path))).toMatchInlineSnapshot(
    `"666266696c650001010000005a000000000700000003010101010101010101010101010101010101010101010101010101010101010101000000000000000000000000000001020202020202020202020202020202020202020202020202020202020202020202e3151480a4551b7fb8ae0643873ceb5d818bdf23a66e8296409d6c7cc3f678ae020000005c0a5f7379735f636f64655f02010200000000000000000001000000010900030102030000000000000000000003755f610000000000000000010002000000000000000800000000000000050000000000000000012c000100000001075053c345c5191749849d5bfc3c72912ba1f4dca315c65d85dab25b747822e25b030000000800000000000000049d98ae3dea50520a9d0f48ffaa15336023e74fe155abaeeb7e057e9c58eb69f3"`,
  );
  const file = await openFrames(path);
  expect(file.header).toEqual(header);
  const read: TableRow[] = [];
  for await (const { items } of file.frames(decodeRows)) read.push(...items);
  await file.close();
  expect(read).toEqual(rows);
  expect(written).toMatchObject({ items: 4, bytes: readFileSync(path).length });
});

it("decoders take what encoders make, and of altered bytes nothing else (SPEC 3.3, fuzz, seed 5)", () => {
  const rng = createSeededRng(5);
  const blocks = [
    { block: rng.bytes(40), certificate: rng.bytes(9) },
    { block: rng.bytes(0), certificate: rng.bytes(3) },
  ];
  const kinds = [
    {
      bytes: encodeFileHeader(header),
      again: (bytes: Uint8Array) => mapped(decodeFileHeader(bytes), encodeFileHeader),
    },
    { bytes: encodeRows(rows), again: (bytes: Uint8Array) => mapped(decodeRows(bytes), encodeRows) },
    { bytes: encodeBlocks(blocks), again: (bytes: Uint8Array) => mapped(decodeBlockItems(bytes), encodeBlocks) },
  ];
  for (const { bytes, again } of kinds) {
    expect(again(bytes)).toEqual(bytes);
    for (let i = 0; i < 20_000; i++) {
      const altered = alter(bytes, rng);
      const encoded = again(altered);
      if (encoded !== null) expect(toHex(encoded)).toBe(toHex(altered));
    }
  }
});

function mapped<T>(value: T | null, encode: (value: T) => Uint8Array): Uint8Array | null {
  return value === null ? null : encode(value);
}

/** Some bytes changed, cut, or put in. */
function alter(bytes: Uint8Array, rng: ReturnType<typeof createSeededRng>): Uint8Array {
  const at = rng.below(bytes.length);
  switch (rng.below(4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return concatBytes(bytes.subarray(0, at), rng.bytes(1 + rng.below(3)), bytes.subarray(at));
    case 2:
      return concatBytes(bytes.subarray(0, at), bytes.subarray(at + 1 + rng.below(3)));
    default:
      return bytes.with(at, rng.below(256));
  }
}
