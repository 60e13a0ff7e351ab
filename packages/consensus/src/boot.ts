import { type Logger, secureRng } from "@fb/runtime";
import { type Height, toHex } from "@fb/types";
import type { Head, Image } from "./core/machine.ts";
import type { EngineCodec } from "./engine-protocol.ts";
import { consensusError } from "./errors.ts";
import type { Journal } from "./journal/journal.ts";
import type { ChainPort, NewHead } from "./ports.ts";
import { RecentSealers } from "./recent-sealers.ts";
import type { Sealer } from "./sealing/sealer.ts";

const MAX_RUN = 2 ** 47;

/** What is read back from the chain before a machine can be made, all as of one head. */
export async function loadChain(chain: ChainPort, sealer: Pick<Sealer, "load">): Promise<RecentSealers> {
  for (;;) {
    const recent = await RecentSealers.load(chain, chain.head());
    await sealer.load(recent.head.header);
    // Sync may have moved the head meanwhile.
    if (recent.head.header.number === chain.head().head.header.number) return recent;
  }
}

/** A head of the chain as the machine sees it (SPEC 2.7, 2.9). */
export function machineHead(chain: ChainPort, tickMs: number, next: NewHead, recent: Head["recent"]): Head {
  const { head, members } = next;
  const timeoutTicks = Math.round(chain.limits().timeoutMs / tickMs);
  return { height: head.header.number, hash: toHex(head.hash), sealers: members.sealers, recent, timeoutTicks };
}

/** What the machine of this run is made from. Throws JOURNAL_CORRUPT. */
export function imageOf<R>(
  journal: Journal,
  codec: Pick<EngineCodec<never, R, unknown>, "decodeRecord" | "liveRecords">,
  head: Head,
  durableHeight: Height,
): Image<R> {
  const records = journal.records.map((bytes) => {
    const record = codec.decodeRecord(bytes);
    if (record === null) throw consensusError("JOURNAL_CORRUPT", "the journal holds an unknown record");
    return record;
  });
  return {
    head,
    records: codec.liveRecords(records, durableHeight),
    silentThrough: journal.silentThrough,
    forgetful: journal.incomplete,
    mark: journal.mark,
    run: secureRng.below(MAX_RUN),
  };
}

/** SPEC 3.6: an operator hears of a journal that does not fit its chain; a first start is no news. */
export function logStanding({ standing, mark, incomplete }: Journal, height: Height, log: Logger): void {
  if (standing === "whole") return;
  const level = standing === "missing" && height === 0 ? "info" : "warn";
  log[level]("journal-does-not-fit", { standing, mark, height, incomplete });
}
