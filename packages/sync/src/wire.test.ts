import { createSeededRng } from "@fb/runtime/testing";
import { toHex } from "@fb/types";
import { describe, expect, it } from "vitest";
import { type SyncMessage, type TxsMessage, wire } from "./wire.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);
const sync: SyncMessage[] = [
  { status: { protocol: 2, genesis_hash: bytes(1, 2), height: 300, head_hash: bytes(3), rules_version: 2 } },
  { block_request: { id: 7, from: 1, count: 64, max_bytes: 2_097_152 } },
  { block_response: { id: 7, items: bytes(10, 7) } },
  {
    status: {
      protocol: 2,
      genesis_hash: bytes(1, 2),
      height: 300,
      head_hash: bytes(3),
      rules_version: 2,
      lowest_block: 40,
    },
  },
  { block_response: { id: 7, items: bytes(), lowest_block: 40 } },
];
const txs: TxsMessage[] = [
  { batch: { txs: [bytes(1), bytes(2, 3)] } },
  { announce: { hashes: bytes(4) } },
  { request: { id: 1, hashes: bytes(5) } },
  { response: { id: 1, txs: bytes(10, 1, 5) } },
  { links: { members: bytes(3) } },
];

describe("messages (SPEC 1.1, 1.3, 1.4)", () => {
  it("have frozen bytes", () => {
    expect(sync.map((message) => toHex(wire.encode("SyncMessage", message)))).toEqual([
      "0a0e08021202010218ac022201032802",
      "120b080710011840208080" + "8001",
      "1a0608071a02" + "0a07",
      // Who keeps all leaves the field out: the bytes are those of nodes that do not know it.
      "0a1008021202010218ac0222010328023028",
      "1a0408072028",
    ]);
    const items = [{ block: bytes(9), certificate: bytes(8, 7) }];
    expect(toHex(wire.encode("BlockItems", { items }))).toBe("0a070a010912020807");
    expect(toHex(wire.encode("TxList", { txs: [bytes(5), bytes(6)] }))).toBe("0a01050a0106");
    expect(txs.map((message) => toHex(wire.encode("TxsMessage", message)))).toEqual([
      "0a070a01010a020203",
      "12030a0104",
      "1a050801120105",
      "220708011a030a0105",
      "2a030a0103",
    ]);
  });

  it("come back as they were, with nothing in the other fields", () => {
    for (const message of sync)
      expect(wire.decode("SyncMessage", wire.encode("SyncMessage", message))).toMatchObject(message);
    const decoded = wire.decode("TxsMessage", wire.encode("TxsMessage", txs[1]!));
    expect([decoded?.batch, decoded?.request, decoded?.response].every((field) => !field)).toBe(true);
  });

  it("never throw on bytes of a peer", () => {
    const rng = createSeededRng(2);
    const samples = [
      ...sync.map((m) => wire.encode("SyncMessage", m)),
      ...txs.map((m) => wire.encode("TxsMessage", m)),
    ];
    for (let i = 0; i < 5_000; i++) {
      const sample = samples[rng.below(samples.length)]!.slice();
      for (let flips = rng.below(4); flips >= 0; flips--) sample[rng.below(sample.length)]! ^= 1 << rng.below(8);
      const cut = sample.subarray(0, rng.below(sample.length + 1));
      expect(() => [wire.decode("SyncMessage", cut), wire.decode("TxsMessage", cut)]).not.toThrow();
    }
  });
});
