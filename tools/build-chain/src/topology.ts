import { type ConsensusType, FbError, MAX_GROUP_ID, type StateType } from "@fb/types";
import type { BuildChainErrorCode } from "./errors.ts";

export interface Ports {
  readonly p2p: number;
  readonly rpc: number;
  /** Of the listener for the node's operator. */
  readonly operator: number;
}

/** The operator's port lies so far above the JSON-RPC port, unless it is given. */
export const OPERATOR_PORT_OFFSET = 1000;

/** A group a node belongs to. */
export interface Membership {
  readonly group: number;
  readonly role: "sealer" | "observer";
}

/** `count` nodes of one agency on one host. */
export interface HostLine {
  readonly host: string;
  readonly count: number;
  readonly agency: string;
  readonly memberships: readonly Membership[];
  /** First ports on this host; the next node takes the next ones. */
  readonly ports: Ports | null;
}

/** How a group is run. */
export interface GroupShape {
  readonly id: number;
  readonly consensus: ConsensusType;
  readonly state: StateType;
}

function bad(message: string): never {
  throw new FbError<BuildChainErrorCode>("TOPOLOGY_INVALID", message);
}

/**
 * Lines `host:count agency groups [p2pPort,rpcPort[,operatorPort]]` as operators of this field write them, for example
 * `10.0.0.1:2 bankA 1,2 30300,8545`. A group is `1` (sealer) or `1:observer`. Empty lines and `#` comments are skipped.
 */
export function parseTopology(text: string, file = "topology"): HostLine[] {
  const lines: HostLine[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const trimmed = raw.replace(/#.*$/, "").trim();
    if (trimmed === "") continue;
    const at = `${file}:${index + 1}`;
    const parts = trimmed.split(/\s+/);
    const host = /^(.+):(\d{1,3})$/.exec(parts[0] ?? "");
    if (parts.length < 3 || parts.length > 4 || host === null)
      bad(`${at}: expected "host:count agency groups [p2pPort,rpcPort[,operatorPort]]", got "${trimmed}"`);
    const [, agency = "", groups = "", ports] = parts;
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(agency)) bad(`${at}: agency "${agency}" must be letters, digits, _ or -`);
    const count = Number(host[2]);
    if (count < 1) bad(`${at}: at least one node`);
    lines.push({
      host: host[1]!,
      count,
      agency,
      memberships: groups.split(",").map((item) => parseMembership(item, at)),
      ports: ports === undefined ? null : parsePorts(ports, at),
    });
  }
  if (lines.length === 0) bad(`${file}: no line names a host`);
  return lines;
}

function parseMembership(text: string, at: string): Membership {
  const match = /^(\d{1,5})(?::(sealer|observer))?$/.exec(text);
  const group = Number(match?.[1]);
  if (match === null || group < 1 || group > MAX_GROUP_ID)
    bad(`${at}: group "${text}" must be 1..${MAX_GROUP_ID}, optionally with :observer`);
  return { group, role: match[2] === "observer" ? "observer" : "sealer" };
}

function parsePorts(text: string, at: string): Ports {
  const match = /^(\d{1,5}),(\d{1,5})(?:,(\d{1,5}))?$/.exec(text);
  const [p2p, rpc] = [Number(match?.[1]), Number(match?.[2])];
  const operator = match?.[3] === undefined ? rpc + OPERATOR_PORT_OFFSET : Number(match[3]);
  if (match === null || [p2p, rpc, operator].some((port) => port < 1 || port > 65535)) {
    bad(
      `${at}: ports "${text}" must be p2pPort,rpcPort[,operatorPort] in 1..65535; operatorPort is rpcPort + ${OPERATOR_PORT_OFFSET} unless given`,
    );
  }
  return { p2p, rpc, operator };
}

/** `id[:consensus[:state]]`, for example `2:raft:mpt`; consensus and state default to pbft and storage. */
export function parseGroupShape(text: string): GroupShape {
  const match = /^(\d{1,5})(?::(pbft|raft))?(?::(storage|mpt))?$/.exec(text);
  const id = Number(match?.[1]);
  if (match === null || id < 1 || id > MAX_GROUP_ID)
    bad(`--group ${text}: expected id[:pbft|raft[:storage|mpt]], for example 2:raft:mpt`);
  return { id, consensus: (match[2] ?? "pbft") as ConsensusType, state: (match[3] ?? "storage") as StateType };
}
