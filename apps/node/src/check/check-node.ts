import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeSetup } from "../node-setup.ts";
import { checkFiles } from "./check-files.ts";
import { checkGroups } from "./check-groups.ts";
import { checkIdentity } from "./check-identity.ts";
import { checkKeys } from "./check-keys.ts";
import { checkPorts } from "./check-ports.ts";
import { type Finding, ok } from "./finding.ts";

/** Everything a start would stumble over, found without starting anything. The files themselves were read before. */
export async function checkNode(setup: NodeSetup, nowMs: number): Promise<Finding[]> {
  const pid = runningPid(setup);
  const { findings: ofKeys, masters } = await checkKeys(setup);
  const findings = [
    ok(setup.paths.config, "read"),
    ...checkIdentity(setup, nowMs),
    ...checkFiles(setup),
    ...ofKeys,
    ...(await checkPorts(setup, pid)),
    ...(await checkGroups(setup, masters, pid !== null)),
  ];
  return findings.map((finding) => ({ ...finding, subject: finding.subject.replace(`${setup.folder}/`, "") }));
}

/** Of this very node, by the pid file that its start script wrote; a number that another program has now does not count. */
function runningPid({ folder, paths }: NodeSetup): number | null {
  const pidFile = join(folder, "node.pid");
  if (!existsSync(pidFile)) return null;
  const pid = readFileSync(pidFile, "utf8").trim();
  if (!/^\d{1,10}$/.test(pid)) return null;
  const commandLine = `/proc/${pid}/cmdline`;
  if (!existsSync(commandLine)) return null;
  return readFileSync(commandLine, "utf8").split("\0").includes(paths.config) ? Number(pid) : null;
}
