import { describe, expect, it } from "vitest";
import { createSeededRng } from "./testing/seeded-rng.ts";
import { defineWire } from "./wire.ts";

interface Parcel {
  n: number;
  body: Uint8Array;
  list: Uint8Array[];
  inner: { x: number } | null;
  label: string;
}

const wire = defineWire<{ Parcel: Parcel }>(`
  message Parcel { uint64 n = 1; bytes body = 2; repeated bytes list = 3 [(max_count) = 4]; Inner inner = 4; string label = 5; }
  message Inner { uint64 x = 1; }
`);

const parcel: Parcel = {
  n: 2 ** 53 - 1,
  body: Uint8Array.of(1, 2, 3),
  list: [Uint8Array.of(9), new Uint8Array(0)],
  inner: { x: 7 },
  label: "päckchen",
};

describe("defineWire", () => {
  it("gives back what was encoded", () => {
    expect(wire.decode("Parcel", wire.encode("Parcel", parcel))).toEqual(parcel);
  });

  it("fills defaults, with plain empty bytes", () => {
    const empty = wire.decode("Parcel", new Uint8Array(0));
    expect(empty).toEqual({ n: 0, body: new Uint8Array(0), list: [], inner: null, label: "" });
    expect(Buffer.isBuffer(empty?.body)).toBe(false);
  });

  it("hands out plain byte arrays even for a Buffer", () => {
    const decoded = wire.decode("Parcel", Buffer.from(wire.encode("Parcel", parcel)));
    expect(Buffer.isBuffer(decoded?.body)).toBe(false);
  });

  it("skips unknown fields, so that a newer peer can add some", () => {
    const newer = defineWire<{ Parcel: { n: number; extra: string } }>(
      "message Parcel { uint64 n = 1; string extra = 99; }",
    );
    expect(wire.decode("Parcel", newer.encode("Parcel", { n: 3, extra: "later" }))?.n).toBe(3);
  });

  it("refuses integers that a number cannot hold", () => {
    expect(wire.decode("Parcel", Uint8Array.of(8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1))).toBeNull();
  });

  it("answers null or a message, and never throws, for damaged bytes", () => {
    const rng = createSeededRng(1);
    const good = wire.encode("Parcel", parcel);
    let refused = 0;
    for (let i = 0; i < 5000; i++) {
      const bytes = good.slice(0, rng.below(good.length + 1));
      for (let k = rng.below(4); k > 0 && bytes.length > 0; k--) bytes[rng.below(bytes.length)] = rng.below(256);
      if (wire.decode("Parcel", bytes) === null) refused++;
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
