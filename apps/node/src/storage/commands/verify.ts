import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createEvm } from "@fb/evm";
import { type JobDeps, verifyDeep, verifyStore } from "@fb/maintenance";
import type { StorageCommand } from "../command.ts";
import { usageError } from "../errors.ts";
import { type ChosenGroup, chosenGroup, type OpenStore, requireStore, withStore } from "../open-store.ts";
import { reportJson, reportLines } from "../report.ts";

export const verify: StorageCommand = {
  name: "verify",
  summary: "check a store against itself: blocks, certificates, indexes, counters, state",
  takesFile: false,
  options: {
    from: { type: "string", value: "height", help: "first block; with --from or --to only blocks are looked at" },
    to: { type: "string", value: "height", help: "last block" },
    roots: {
      type: "string",
      value: "head|all",
      default: "head",
      help: "state mpt: tries of the head, or of every kept height",
    },
    deep: {
      type: "boolean",
      default: false,
      help: "execute all blocks again, in a folder beside the store, and compare",
    },
    max: { type: "string", value: "n", default: "100", help: "faults that are printed; all are counted" },
  },
  async run(input, job) {
    const group = await chosenGroup(input);
    const roots = input.text("roots");
    if (roots !== "head" && roots !== "all") throw usageError("--roots is head or all");
    const [from, to] = [input.number("from"), input.number("to")];
    const isDeep = input.isOn("deep");
    if (isDeep && (from !== null || to !== null)) throw usageError("--deep looks at all blocks");
    requireStore(group.store);
    const options = { genesis: group.genesis, roots, maxFaults: input.number("max")! } as const;
    const range = { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) };
    const report = await withStore(group, job.signal, (open) =>
      isDeep ? deep(group, options, open, job) : verifyStore({ ...options, ...range }, { ...job, ...open }),
    );
    return { lines: reportLines(report), json: reportJson(report), faulty: report.faults > 0 };
  },
};

/** The scratch store needs about the room that the store has: it lies beside it. */
async function deep(
  { dataFolder, keys }: ChosenGroup,
  options: Parameters<typeof verifyDeep>[0],
  open: OpenStore,
  job: JobDeps,
) {
  const folder = await mkdtemp(join(dirname(dataFolder), "verify-"));
  try {
    const evm = await createEvm({ suite: open.suite });
    return await withStore({ store: { type: "rocksdb", path: join(folder, "state") }, keys }, job.signal, (scratch) =>
      verifyDeep(options, { ...job, ...open, evm }, scratch.backend),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
