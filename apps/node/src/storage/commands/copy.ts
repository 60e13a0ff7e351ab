import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { GROUP_OPTIONS, readConfig } from "@fb/config";
import { copyStore } from "@fb/maintenance";
import type { GroupSetup } from "../../node-setup.ts";
import { readStore, type StoreSetup } from "../../store-setup.ts";
import type { StorageCommand } from "../command.ts";
import { usageError } from "../errors.ts";
import { chosenGroup, requireStore, withStore } from "../open-store.ts";

export const copy: StorageCommand = {
  name: "copy",
  summary: "move a store to another backend, and compare both row by row",
  takesFile: false,
  options: {
    from: {
      type: "string",
      value: "store",
      help: "default the group's own: rocksdb:<folder>, or an .ini file with [storage]",
    },
    to: { type: "string", value: "store", help: "an empty one: rocksdb:<folder>, or an .ini file with [storage]" },
    "from-clear": {
      type: "boolean",
      default: false,
      help: "the store to copy is in clear, though the node encrypts",
    },
  },
  async run(input, job) {
    const group = await chosenGroup(input);
    const [from, to] = [input.text("from"), input.text("to")];
    if (to === null) throw usageError("copy needs --to");
    const [source, target] = [from === null ? group.store : storeOf(from, group), storeOf(to, group)];
    requireStore(source);
    const sourceKeys = input.isOn("from-clear") ? null : group.keys;
    const result = await withStore({ store: source, keys: sourceKeys }, job.signal, (open) =>
      withStore({ store: target, keys: group.keys }, job.signal, (other) =>
        copyStore(open.backend, other.backend, job),
      ),
    );
    const lines = [`copied ${result.rows} rows, height ${result.height}; both stores are the same`];
    return { lines, json: result, faulty: false };
  },
};

/** A store as the command line names it: passwords are where the .ini file says. Throws CONFIG_INVALID. */
function storeOf(text: string, { genesis, dataFolder }: GroupSetup): StoreSetup {
  if (text.startsWith("rocksdb:")) return { type: "rocksdb", path: resolve(text.slice("rocksdb:".length)) };
  const content = readFileSync(text, "utf8");
  const { storage } = readConfig(GROUP_OPTIONS, text, content);
  return readStore(text, content, storage, { genesis, dataFolder });
}
