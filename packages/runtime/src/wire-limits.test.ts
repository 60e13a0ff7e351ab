import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { createSeededRng } from "./testing/seeded-rng.ts";
import { defineWire } from "./wire.ts";
import { countElements, MAX_WIRE_ELEMENTS, planOf } from "./wire-limits.ts";

const PROTO = `
  message Crate {
    uint64 n = 1;
    repeated bytes parts = 2 [(max_count) = 100];
    repeated uint32 marks = 3 [(max_count) = 100];
    repeated Box boxes = 4 [(max_count) = 1000];
    Box one = 5;
    repeated fixed32 words = 6 [(max_count) = 100];
    oneof kind { string label = 7; bool flag = 8; }
  }
  message Box { repeated bytes items = 1 [(max_count) = 1000]; }
`;
interface Box {
  readonly items: readonly Uint8Array[];
}
interface Crate {
  readonly n: number;
  readonly parts: readonly Uint8Array[];
  readonly marks: readonly number[];
  readonly boxes: readonly Box[];
  readonly one: Box | null;
  readonly words: readonly number[];
}
const wire = defineWire<{ Crate: Partial<Crate> }>(PROTO);
const EMPTY = new Uint8Array(0);
const fill = <T>(count: number, value: T) => new Array<T>(count).fill(value);
const decodes = (message: Partial<Crate>) => wire.decode("Crate", wire.encode("Crate", message)) !== null;
/** `count` times the same bytes. */
const repeat = (count: number, ...unit: number[]) =>
  Uint8Array.from({ length: count * unit.length }, (_, i) => unit[i % unit.length]!);

describe("limits of messages", () => {
  it("are part of the definition of every repeated field", () => {
    expect(() => defineWire("message A { repeated bytes x = 1; }")).toThrow(/max_count/);
    expect(() => defineWire("message A { repeated bytes x = 1 [(max_count) = 100000]; }")).toThrow(/max_count/);
    expect(() => defineWire("message A { B b = 1; } message B { repeated uint32 x = 1; }")).toThrow(/max_count/);
    expect(() => defineWire("message A { map<string, string> x = 1; }")).toThrow(/map/);
    expect(() => defineWire("message A { B b = 1; } message B { A a = 1; }")).toThrow(/contains itself/);
  });

  it("hold for each repeated field, packed or not", () => {
    expect(decodes({ parts: fill(100, EMPTY) })).toBe(true);
    expect(decodes({ parts: fill(101, EMPTY) })).toBe(false);
    expect(decodes({ marks: fill(100, 300) })).toBe(true);
    expect(decodes({ marks: fill(101, 1) })).toBe(false);
    expect(decodes({ words: fill(100, 7) })).toBe(true);
    expect(decodes({ words: fill(101, 7) })).toBe(false);
    expect(wire.decode("Crate", repeat(100, 0x18, 1))).not.toBeNull();
    expect(wire.decode("Crate", repeat(101, 0x18, 1))).toBeNull();
  });

  it("hold inside nested messages, and for all elements together", () => {
    expect(decodes({ one: { items: fill(1_000, EMPTY) } })).toBe(true);
    expect(decodes({ one: { items: fill(1_001, EMPTY) } })).toBe(false);
    const perBox = MAX_WIRE_ELEMENTS / 1_000 - 1;
    expect(decodes({ boxes: fill(1_000, { items: fill(Math.floor(perBox), EMPTY) }) })).toBe(true);
    expect(decodes({ boxes: fill(1_000, { items: fill(Math.floor(perBox) + 1, EMPTY) }) })).toBe(false);
  });

  it("allow a field that is not repeated once, and few that are unknown", () => {
    expect(wire.decode("Crate", repeat(2, 0x08, 1))).toBeNull();
    expect(wire.decode("Crate", repeat(2, 0x2a, 0))).toBeNull();
    expect(wire.decode("Crate", repeat(64, 0x7a, 0))).not.toBeNull();
    expect(wire.decode("Crate", repeat(65, 0x7a, 0))).toBeNull();
  });

  it("refuse groups, field 0, another wire type than the field's, and cut or overlong numbers", () => {
    const refused = [[0x7b, 0x7c], [0x02, 0], [0x0a, 0], [0x10, 1], [0x0d, 0, 0, 0, 0], [0x12, 5, 1], [0x12], [0x80]];
    for (const bytes of refused) expect(wire.decode("Crate", Uint8Array.from(bytes))).toBeNull();
    expect(wire.decode("Crate", Uint8Array.of(0x88, 0x80, 0x80, 0x80, 0x80, 0x01, 1))).toBeNull();
  });

  it("are kept by all that decodes, and nothing is built of what breaks them", () => {
    const { root } = protobuf.parse(`syntax = "proto3";\n${PROTO}`, { keepCase: true });
    root.resolveAll();
    const type = root.lookupType("Crate");
    const plan = planOf(type);
    const rng = createSeededRng(5);
    const random = (max: number) => rng.below(rng.below(3) === 0 ? max * 2 : 4);
    const count = (list: readonly unknown[] | undefined) => list?.length ?? 0;
    let refused = 0;
    for (let i = 0; i < 3_000; i++) {
      const message: Partial<Crate> = {
        n: rng.below(1_000),
        parts: fill(random(100), rng.bytes(rng.below(3))),
        marks: fill(random(100), rng.below(100_000)),
        words: fill(random(100), 1),
        boxes: fill(random(20), { items: fill(random(100), EMPTY) }),
      };
      const bytes = new Uint8Array(type.encode(message as never).finish());
      const isWithin = count(message.parts) <= 100 && count(message.marks) <= 100 && count(message.words) <= 100;
      expect(countElements(bytes, plan) !== null).toBe(isWithin);
      if (!isWithin) refused++;
      // Damaged bytes: whatever passes the scan has no more elements than were allowed.
      for (let flips = rng.below(4); flips > 0 && bytes.length > 0; flips--)
        bytes[rng.below(bytes.length)] = rng.below(256);
      const decoded = wire.decode("Crate", bytes);
      if (decoded === null) continue;
      for (const list of [decoded.parts, decoded.marks, decoded.words]) expect(count(list)).toBeLessThanOrEqual(100);
    }
    expect(refused).toBeGreaterThan(200);
  });

  it("stop a bomb before memory grows with it", () => {
    const bytes = repeat(2 ** 19, 0x22, 0);
    const before = process.memoryUsage().heapUsed;
    expect(wire.decode("Crate", bytes)).toBeNull();
    // A quarter of a gigabyte when all is built first.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 2 ** 20);
  });

  it("are counted before anything is built, so that the receiver can say no", () => {
    const bytes = wire.encode("Crate", { parts: fill(3, EMPTY), boxes: [{ items: fill(4, EMPTY) }], marks: [1, 2] });
    const counts: number[] = [];
    const ask = (answer: boolean) => (elements: number) => {
      counts.push(elements);
      return answer;
    };
    expect(wire.decode("Crate", bytes, ask(false))).toBeNull();
    expect(wire.decode("Crate", bytes, ask(true))?.parts).toHaveLength(3);
    expect(counts).toEqual([10, 10]);
  });
});
