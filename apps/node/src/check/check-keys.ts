import type { MasterKey } from "@fb/runtime/encryption";
import { errorMessage } from "../errors.ts";
import { readMasterKeys } from "../master-keys.ts";
import type { NodeSetup } from "../node-setup.ts";
import { type Finding, fault, ok } from "./finding.ts";

const SUBJECT = "[storage_security]";

/** Whether the master keys can be had; and the keys, for those who look at what is encrypted under them. */
export async function checkKeys(
  setup: NodeSetup,
): Promise<{ readonly findings: readonly Finding[]; readonly masters: readonly MasterKey[] | null }> {
  try {
    const masters = await readMasterKeys(setup);
    if (masters === null) return { findings: [], masters };
    const older = masters.slice(1).map(({ id }) => id);
    const text = `encrypts under master key ${masters[0]!.id}${older.length > 0 ? `, reads ${older.join(", ")} too` : ""}`;
    return { findings: [ok(SUBJECT, text)], masters };
  } catch (error) {
    return { findings: [fault(SUBJECT, errorMessage(error), "see operate.md, Encryption at rest")], masters: null };
  }
}
