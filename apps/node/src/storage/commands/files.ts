import { createEvm } from "@fb/evm";
import { backupStore, exportBlocks, importBlocks, restoreStore } from "@fb/maintenance";
import { isCode, toHex } from "@fb/types";
import type { StorageCommand } from "../command.ts";
import { chosenGroup, requireStore, withStore } from "../open-store.ts";
import { reportJson, reportLines } from "../report.ts";
import { runningBackup } from "../running-backup.ts";

export const backup: StorageCommand = {
  name: "backup",
  summary: "write all rows of a store into a file; of a group that runs, too, by its node",
  takesFile: true,
  options: {},
  async run(input, job) {
    const group = await chosenGroup(input);
    requireStore(group.store);
    const options = { path: input.file, genesis: group.genesis, keys: group.keys };
    const result = await withStore(group, job.signal, (store) => backupStore(options, { ...job, ...store })).catch(
      (error: unknown) => {
        if (!isCode(error, "STORAGE_LOCKED")) throw error;
        return runningBackup(input.file, { ...group, groupId: group.genesis.groupId }, job, error);
      },
    );
    const { height, rows, bytes } = result;
    const [head, digest] = [toHex(result.headHash), toHex(result.digest)];
    const lines = [`${input.file}: ${rows} rows, height ${height}, ${bytes} bytes`, `digest ${digest}`];
    return { lines, json: { height, head, rows, bytes, digest }, faulty: false };
  },
};

export const restore: StorageCommand = {
  name: "restore",
  summary: "fill an empty store from a backup, and look at its last blocks",
  takesFile: true,
  options: {},
  async run(input, job) {
    const group = await chosenGroup(input);
    const options = { path: input.file, genesis: group.genesis, keys: group.keys };
    const result = await withStore(group, job.signal, (store) => restoreStore(options, { ...job, ...store }));
    const { height, rows, verified } = result;
    const lines = [`restored ${rows} rows, height ${height}`, ...reportLines(verified)];
    const json = { height, rows, verified: reportJson(verified) };
    return { lines, json, faulty: verified.faults > 0 };
  },
};

export const exportCommand: StorageCommand = {
  name: "export",
  summary: "write blocks with their certificates into a file",
  takesFile: true,
  options: {
    from: { type: "string", value: "height", help: "first block, default 1" },
    to: { type: "string", value: "height", help: "last block, default the head" },
  },
  async run(input, job) {
    const group = await chosenGroup(input);
    requireStore(group.store);
    const [from, to] = [input.number("from"), input.number("to")];
    const range = { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) };
    const options = { path: input.file, genesis: group.genesis, keys: group.keys, ...range };
    const result = await withStore(group, job.signal, (store) => exportBlocks(options, { ...job, ...store }));
    const digest = toHex(result.digest);
    const lines = [`${input.file}: blocks ${result.from} to ${result.to}, ${result.bytes} bytes`, `digest ${digest}`];
    return { lines, json: { ...result, digest }, faulty: false };
  },
};

export const importCommand: StorageCommand = {
  name: "import",
  summary: "execute and store the blocks of a file; goes on where it was broken off",
  takesFile: true,
  options: {},
  async run(input, job) {
    const group = await chosenGroup(input);
    const { historyBlocks, keepBlocks } = group.options.storage;
    const options = { path: input.file, genesis: group.genesis, keys: group.keys, historyBlocks, keepBlocks };
    const result = await withStore(group, job.signal, async (store) =>
      importBlocks(options, { ...job, ...store, evm: await createEvm({ suite: store.suite }) }),
    );
    const lines = [`height ${result.height}, before ${result.before}`];
    return { lines, json: result, faulty: false };
  },
};
