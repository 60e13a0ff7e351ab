import type { HostPort } from "@fb/config";
import { noMetrics, silentLogger, systemClock } from "@fb/runtime";
import { errorCode, errorMessage } from "../errors.ts";
import type { MysqlSetup } from "../store-setup.ts";
import { examineServer } from "../workers/open-backend.ts";
import { type Finding, fault, ok, warn } from "./finding.ts";

interface ServerReport {
  readonly host: HostPort;
  /** No block can be committed there: warnings only, when another server will do. */
  readonly faults: readonly Finding[];
  readonly others: readonly Finding[];
}

/** What of the servers of a group an operator should correct, and those on which it could run: one is enough. */
export async function checkServers(
  subject: string,
  store: MysqlSetup,
): Promise<{ readonly findings: readonly Finding[]; readonly usable: readonly HostPort[] }> {
  const reports = await Promise.all(store.hosts.map((host) => checkServer(subject, store, host)));
  const usable = reports.filter(({ faults }) => faults.length === 0).map(({ host }) => host);
  const findings = reports.flatMap(({ faults, others }) => [
    ...faults.map((found): Finding => (usable.length > 0 ? { ...found, state: "warn" } : found)),
    ...others,
  ]);
  return { findings, usable };
}

async function checkServer(subject: string, store: MysqlSetup, host: HostPort): Promise<ServerReport> {
  const where = `${host.host}:${host.port}`;
  try {
    const deps = { clock: systemClock, log: silentLogger, metrics: noMetrics };
    const flaws = await examineServer({ ...store, hosts: [host] }, deps);
    const faults = flaws.filter(({ isFatal }) => isFatal);
    const warnings = flaws.filter(({ isFatal }) => !isFatal);
    const good = faults.length === 0 ? [ok(subject, `${where} takes writes of user ${store.user}`)] : [];
    return {
      host,
      faults: faults.map(({ text, remedy }) => fault(subject, `${where}: ${text}`, remedy)),
      others: [...good, ...warnings.map(({ text, remedy }) => warn(subject, `${where}: ${text}`, remedy))],
    };
  } catch (error) {
    const text = `${where}: ${errorCode(error)}: ${errorMessage(error)}`;
    return {
      host,
      faults: [fault(subject, text, "correct the server, or [storage] of the group's .ini file")],
      others: [],
    };
  }
}
