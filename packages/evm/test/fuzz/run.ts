// node --conditions=fb-source test/fuzz/run.ts <programs> [first seed]
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { createReferenceEvm } from "@fb/evm/reference";
import { compareSeed } from "./differential.ts";

const count = Number(process.argv[2] ?? 1_000_000);
const first = Number(process.argv[3] ?? 1);
const suite = await createCryptoSuite();
const fast = await createEvm({ suite });
const reference = await createReferenceEvm(suite);
let divergences = 0;
for (let seed = first; seed < first + count; seed++) {
  const found = await compareSeed(fast, reference, seed, 2);
  if (found !== null) {
    divergences++;
    process.stdout.write(
      `seed ${seed} gas ${found.gas} cold ${found.cold}\n--- reference\n${found.expected}\n--- fast\n${found.actual}\n`,
    );
    if (divergences >= 10) break;
  }
  if ((seed - first + 1) % 10_000 === 0)
    process.stdout.write(`${seed - first + 1} programs, ${divergences} divergences\n`);
}
process.stdout.write(`done: ${divergences} divergences\n`);
process.exitCode = divergences === 0 ? 0 : 1;
