import { assemble, runMessage } from "@fb/compliance/evm";
import { createCryptoSuite } from "@fb/crypto";
import type { EvmFork } from "@fb/types";
import { describe, expect, it } from "vitest";
import { createReferenceEvm } from "./reference-evm.ts";

const evm = await createReferenceEvm(await createCryptoSuite());
const FORKS: readonly EvmFork[] = ["shanghai", "cancun", "prague", "osaka"];
const precompile = (address: number) =>
  Uint8Array.from({ length: 20 }, (_, i) => (i === 19 ? address & 255 : i === 18 ? address >> 8 : 0));

/** Since which fork a program does something it did not do before. */
const SINCE: readonly (readonly [string, Uint8Array, EvmFork])[] = [
  ["PUSH0", assemble("PUSH0"), "shanghai"],
  ["MCOPY", assemble(0, 0, 0, "MCOPY"), "cancun"],
  ["TLOAD", assemble(0, "TLOAD"), "cancun"],
  ["BLOBBASEFEE", assemble("BLOBBASEFEE"), "cancun"],
  ["CLZ", Uint8Array.of(0x60, 1, 0x1e), "osaka"],
];

const PRECOMPILES: readonly (readonly [string, number, EvmFork])[] = [
  ["point evaluation", 0x0a, "cancun"],
  ["BLS12-381 addition", 0x0b, "prague"],
  ["BLS12-381 map", 0x11, "prague"],
];

describe("forks of the reference engine", () => {
  it.each(SINCE)("%s", async (_, code, since) => {
    for (const fork of FORKS) {
      const { result } = await runMessage(evm, { code, fork });
      expect(result.error, fork).toBe(FORKS.indexOf(fork) < FORKS.indexOf(since) ? "INVALID_OPCODE" : null);
    }
  });

  it.each(PRECOMPILES)("%s", async (_, address, since) => {
    for (const fork of FORKS) {
      const message = { to: precompile(address), data: Uint8Array.of(1) };
      const { result } = await runMessage(evm, { fork, message });
      expect(result.error, fork).toBe(FORKS.indexOf(fork) < FORKS.indexOf(since) ? null : "PRECOMPILE_FAILED");
    }
  });

  it("secp256r1 verification is there since Osaka", async () => {
    const gas = async (fork: EvmFork) =>
      (await runMessage(evm, { fork, message: { to: precompile(0x100) } })).result.gasUsed;
    expect(await gas("prague")).toBe(0n);
    expect(await gas("osaka")).toBe(6_900n);
  });
});
