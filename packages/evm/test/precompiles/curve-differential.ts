import { equalBytes, toHex } from "@fb/types";
import type { Random } from "../fuzz/random.ts";
import type { CurveInputMaker } from "./curve-inputs.ts";
import type { CurvePrecompile } from "./oracle/index.ts";

export interface Tally {
  /** Inputs that were refused, by failure or by an empty answer. */
  refused: number;
  /** Inputs with an answer other than zero. */
  answered: number;
}

/** Runs inputs through both; the first on which they differ is thrown. */
export function compareCurve(
  { name, fast, noble }: CurvePrecompile,
  make: CurveInputMaker,
  random: Random,
  count: number,
): Tally {
  const tally: Tally = { refused: 0, answered: 0 };
  for (let i = 0; i < count; i++) {
    const input = make(random);
    const kept = input.slice();
    const [ours, theirs] = [fast.run(input, "osaka"), noble.run(input, "osaka")];
    const same = ours === null || theirs === null ? ours === theirs : equalBytes(ours, theirs);
    if (!same || fast.cost(input, "osaka") !== noble.cost(input, "osaka") || !equalBytes(input, kept)) {
      throw new RangeError(`${name}, input ${i}, 0x${toHex(kept)}: ${show(ours)} instead of ${show(theirs)}`);
    }
    if (ours === null || ours.length === 0) tally.refused++;
    else if (ours.some((byte) => byte !== 0)) tally.answered++;
  }
  return tally;
}

function show(output: Uint8Array | null): string {
  return output === null ? "failure" : toHex(output);
}
