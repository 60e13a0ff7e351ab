import { PRICES, type ThreadLane } from "@fb/runtime";
import type { AccountProof, Address, Hash, Height } from "@fb/types";

/** Slots proved at once: some milliseconds of the thread when their nodes must be read. */
const PIECE = 16;
/** The nodes on the way to one leaf. */
const PATH_MICROS = 2 * PRICES.diskRead;

export interface ProofDeps {
  readonly proof: (height: Height, address: Address, slots: readonly Hash[]) => Promise<AccountProof>;
  readonly reads: ThreadLane;
}

/** The proof of an account and any number of its slots, a few at a time. */
export async function proveInPieces(
  { proof, reads }: ProofDeps,
  height: Height,
  address: Address,
  slots: readonly Hash[],
): Promise<AccountProof> {
  const pieces: AccountProof[] = [];
  for (let from = 0; from === 0 || from < slots.length; from += PIECE) {
    const piece = slots.slice(from, from + PIECE);
    const turn = reads.take("proof", PATH_MICROS * (1 + piece.length));
    if (turn !== null) await turn;
    pieces.push(await proof(height, address, piece));
  }
  return { ...pieces[0]!, storageProof: pieces.flatMap(({ storageProof }) => storageProof) };
}
