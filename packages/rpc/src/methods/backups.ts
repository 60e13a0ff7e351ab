import type { BackupRequest, FbBackup } from "@fb/api";
import { RPC_CODES, RpcError } from "../errors.ts";
import { text } from "../schema/params.ts";
import { DIRECT, type GroupScope, groupMethod, type MethodPart } from "./method.ts";

const fileName = text("fileName", "the name of a file", (value) => value.length > 0 && value.length <= 255);

/** Backups of groups that run, which the node writes itself: nothing of them passes here. */
export const backupMethods = {
  fb_backup: groupMethod([fileName], async (scope, name) => (await ask(scope, { type: "start", name }))!, DIRECT),
  fb_backupStatus: groupMethod([], (scope) => ask(scope, { type: "look" }), DIRECT),
  fb_stopBackup: groupMethod([], (scope) => ask(scope, { type: "stop" }), DIRECT),
} satisfies MethodPart;

async function ask({ services, info }: GroupScope, request: BackupRequest): Promise<FbBackup | null> {
  const answer = await services.node.backup(info.groupId, request);
  if (!answer.ok) throw new RpcError(RPC_CODES.refused, answer.message, { code: answer.code });
  return answer.backup;
}
