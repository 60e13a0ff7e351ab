import { decodeModule } from "../engine/wasm.ts";
import { MCL_MODULE } from "./mcl-module.ts";

/** Curves by mcl's numbers. One instance computes on one curve. */
export const MCL_CURVE = { bn254: 4, bls12: 5, p256: 107 } as const;
export type MclCurve = (typeof MCL_CURVE)[keyof typeof MCL_CURVE];

/** Bytes of mcl's values in memory, the same for all curves: field element, scalar, points (x, y, z), pairing result. */
export const FIELD = 48;
export const SCALAR = 32;
export const G1 = 3 * FIELD;
export const G2 = 2 * G1;
export const GT = 12 * FIELD;

/** Sizes of field elements and scalars the module was compiled for, as `mclBn_init` wants to hear it. */
const COMPILED_FOR = 46;
/** RFC 9380. */
const MAP_TO_CURVE = 5;

type Unary = (out: number, a: number) => void;
type Binary = (out: number, a: number, b: number) => void;
/** 1 = yes, 0 = no. */
type Test = (a: number) => number;
/** Inner product of `count` points and scalars; the points may be normalised. */
type Sum = (out: number, points: number, scalars: number, count: number) => void;

/** What is used of mcl's C interface (mcl/bn.h). Arguments are byte offsets into linear memory; `out` may be an operand. */
export interface MclExports {
  __wasm_call_ctors(): void;
  malloc(bytes: number): number;
  mclBn_init(curve: MclCurve, compiledFor: number): number;
  mclBn_setMapToMode(mode: number): number;
  mclBn_verifyOrderG1(verify: number): void;
  mclBn_verifyOrderG2(verify: number): void;
  mclBn_getUint64NumToPrecompute(): number;

  /** Little endian. 0 = not below the modulus, else the number of bytes. */
  mclBnFp_deserialize(out: number, bytes: number, size: number): number;
  mclBnFp_serialize(bytes: number, size: number, a: number): number;
  mclBnFp_setInt32(out: number, value: number): void;
  readonly mclBnFp_add: Binary;
  readonly mclBnFp_mul: Binary;
  readonly mclBnFp_sqr: Unary;
  readonly mclBnFp_neg: Unary;
  /** 0 = found. */
  mclBnFp_squareRoot(out: number, a: number): number;
  /** Whether the number is above (p - 1) / 2. */
  readonly mclBnFp_isNegative: Test;
  readonly mclBnFp2_mul: Binary;

  /** Little endian. 0 = not below the order, else the number of bytes. */
  mclBnFr_deserialize(out: number, bytes: number, size: number): number;
  mclBnFr_setBigEndianMod(out: number, bytes: number, size: number): number;
  mclBnFr_setInt32(out: number, value: number): void;
  readonly mclBnFr_mul: Binary;
  readonly mclBnFr_inv: Unary;
  /** 1 = equal. */
  mclBnFr_isEqual(a: number, b: number): number;
  readonly mclBnFr_neg: Unary;
  readonly mclBnFr_isZero: Test;

  /** Whether the coordinates fulfil the equation of the curve; the subgroup is `isValidOrder`'s. */
  readonly mclBnG1_isValid: Test;
  readonly mclBnG1_isValidOrder: Test;
  readonly mclBnG1_isZero: Test;
  readonly mclBnG1_normalize: Unary;
  readonly mclBnG1_add: Binary;
  readonly mclBnG1_mul: Binary;
  readonly mclBnG1_mulVec: Sum;
  /** The generator of a curve without pairing. */
  mclBnG1_getBasePoint(out: number): void;
  readonly mclBnFp_mapToG1: Unary;

  readonly mclBnG2_isValid: Test;
  readonly mclBnG2_isValidOrder: Test;
  readonly mclBnG2_isZero: Test;
  mclBnG2_isEqual(a: number, b: number): number;
  readonly mclBnG2_normalize: Unary;
  readonly mclBnG2_dbl: Unary;
  readonly mclBnG2_add: Binary;
  readonly mclBnG2_mulVec: Sum;
  readonly mclBnFp2_mapToG2: Unary;

  mclBnGT_setInt32(out: number, value: number): void;
  readonly mclBnGT_mul: Binary;
  readonly mclBnGT_isOne: Test;
  mclBn_millerLoopVec(out: number, g1: number, g2: number, count: number): void;
  readonly mclBn_precomputeG2: Unary;
  /** Neither point may be infinity. */
  mclBn_precomputedMillerLoop2(out: number, a: number, linesOfA: number, b: number, linesOfB: number): void;
  readonly mclBn_finalExp: Unary;
}

/** An instance of mcl on one curve, with its memory. Everything is synchronous and deterministic: no clock, no randomness. */
export class Mcl {
  readonly run: MclExports;
  readonly #memory: { readonly buffer: ArrayBuffer };
  #bytes: Uint8Array;

  constructor(curve: MclCurve) {
    const { Instance, Memory } = webAssembly();
    this.#memory = new Memory({ initial: 32 });
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.run = new Instance(compiled(), { env: { memory: this.#memory } }).exports as MclExports;
    this.run.__wasm_call_ctors();
    this.run.mclBn_init(curve, COMPILED_FOR);
    this.run.mclBn_verifyOrderG1(0);
    this.run.mclBn_verifyOrderG2(0);
    if (curve === MCL_CURVE.bls12) this.run.mclBn_setMapToMode(MAP_TO_CURVE);
  }

  /** Linear memory. Do not keep it: growing memory replaces it. */
  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }

  /** Room for the life of the instance, zeroed. */
  allocate(bytes: number): number {
    const at = this.run.malloc(bytes);
    this.bytes.fill(0, at, at + bytes);
    return at;
  }
}

/** Makes a value when it is asked for first: most chains never call a pairing, so they never compile one. */
export function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

// Compiling on the spot is allowed in workers and in Node, and in the main threads of browsers since Chrome 114.
const compiled = lazily(() => new (webAssembly().Module)(decodeModule(MCL_MODULE)));

interface SynchronousApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

function webAssembly(): SynchronousApi {
  return (globalThis as unknown as { readonly WebAssembly: SynchronousApi }).WebAssembly;
}
