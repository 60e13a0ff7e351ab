// node --conditions=fb-source bench/hostile.ts [--gas <millions>] [--only <text>]
// What contracts cost that were written to cost much: time by gas, linear memory.

import { parseArgs } from "node:util";
import { createCryptoSuite } from "@fb/crypto";
import { compileEvmModule } from "@fb/evm";
import type { EvmMessage } from "@fb/types";
import { EngineInstance } from "../src/engine/instance.ts";
import { createPrecompiles } from "../src/precompiles/index.ts";
import { testHost } from "../test/support/host.ts";
import { ATTACKS, addressOf, hostileWorld } from "./attacks.ts";

const { values: flags } = parseArgs({ options: { gas: { type: "string" }, only: { type: "string" } } });
const gas = BigInt(flags.gas ?? "30") * 1_000_000n;
const caller = addressOf(0xa11ce);
const target = addressOf(0xbad);
const message: EvmMessage = {
  caller,
  origin: caller,
  to: target,
  value: 0n,
  data: new Uint8Array(0),
  gas,
  gasPrice: 0n,
  blobHashes: [],
  isStatic: false,
  accessList: [],
};

const module = await compileEvmModule();
const precompiles = createPrecompiles(await createCryptoSuite());
const world = hostileWorld();
const host = testHost(world.view(), "prague");
process.stdout.write("| attack | gas used | ms | Mgas/s | memory MB |\n| --- | --- | --- | --- | --- |\n");
for (const { name, code } of ATTACKS) {
  if (flags.only !== undefined && !name.includes(flags.only)) continue;
  world.put(target, { nonce: 1n, balance: 0n, code }, new Map());
  const instance = new EngineInstance(module, precompiles);
  const started = performance.now();
  instance.begin(message, host, undefined);
  if (instance.run() !== null) throw new RangeError(`${name}: everything should be in memory`);
  const { gasUsed } = instance.finish();
  const ms = performance.now() - started;
  const rate = Number(gasUsed) / ms / 1000;
  const cells = [name, gasUsed, ms.toFixed(0), rate.toFixed(0), (instance.memoryBytes / 2 ** 20).toFixed(0)];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}
