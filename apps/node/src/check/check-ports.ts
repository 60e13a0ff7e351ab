import { createServer } from "node:net";
import { isCode } from "@fb/types";
import { errorMessage } from "../errors.ts";
import type { NodeSetup } from "../node-setup.ts";
import { type Finding, fault, ok } from "./finding.ts";

interface Listener {
  readonly subject: string;
  readonly host: string;
  readonly port: number;
}

/** @param runningPid of this very node, to which the ports may belong; null = it does not run */
export async function checkPorts({ config }: NodeSetup, runningPid: number | null): Promise<Finding[]> {
  const listeners: readonly Listener[] = [
    { subject: "[p2p] listen_port", host: config.p2p.listenIp, port: config.p2p.listenPort },
    { subject: "[rpc] jsonrpc_listen_port", host: config.rpc.listenIp, port: config.rpc.listenPort },
    { subject: "[operator] listen_port", host: config.operator.listenIp, port: config.operator.listenPort },
  ].filter(({ port }) => port !== 0);
  const found: Finding[] = [];
  for (const [index, listener] of listeners.entries()) {
    const { subject, host, port } = listener;
    const twin = listeners.slice(0, index).find((other) => other.port === port && overlap(other.host, host));
    const where = `${host}:${port}`;
    if (twin !== undefined)
      found.push(fault(subject, `${where} is also ${twin.subject}`, "give one of them another port"));
    else if (runningPid !== null) found.push(ok(subject, `${where}; not tried, this node runs (pid ${runningPid})`));
    else found.push(describe(listener, await tryPort(host, port)));
  }
  return found;
}

function describe({ subject, host, port }: Listener, error: unknown): Finding {
  const where = `${host}:${port}`;
  if (error === null) return ok(subject, `${where} is free`);
  if (isCode(error, "EADDRINUSE")) {
    return fault(
      subject,
      `another program listens on ${where}`,
      `stop it (ss -ltnp 'sport = :${port}') or change the port`,
    );
  }
  if (isCode(error, "EADDRNOTAVAIL"))
    return fault(subject, `${host} is no address of this host`, "correct the address");
  if (isCode(error, "EACCES")) return fault(subject, `this user may not use port ${port}`, "take a port above 1023");
  return fault(subject, `${where}: ${errorMessage(error)}`, "correct address and port");
}

const isAny = (host: string) => host === "0.0.0.0" || host === "::";
const overlap = (a: string, b: string) => a === b || isAny(a) || isAny(b);

/** Null when the port can be listened on. */
function tryPort(host: string, port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
