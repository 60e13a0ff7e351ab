import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NODE_CONFIG, readConfig } from "@fb/config";
import { createCryptoSuite } from "@fb/crypto";
import { type NodeProcess, until } from "@fb/local-chain";
import { createNetwork, type PeerAddress } from "@fb/p2p-whitelist";
import { noMetrics, silentLogger, systemClock, systemRng } from "@fb/runtime";
import type { CryptoSuite, GroupChannel, GroupId, Hash, NodeId } from "@fb/types";
import type { PeerIdentity } from "./identity.ts";

/** Longer than a group stays closed to whom it banned: an attack may follow another one of the same identity. */
const JOIN_MS = 90_000;

/** A member of the chain that says what it likes: the identity of a node that does not run, on the network of real ones. */
export interface HostileMember {
  readonly nodeId: NodeId;
  readonly suite: CryptoSuite;
  sign(digest: Hash): Uint8Array;
  /** Joins a group whose members are these; resolves once it is connected with `peers` of them. */
  join(group: number, members: readonly NodeId[], peers: number): Promise<GroupChannel>;
  /** Nodes it is connected with. */
  connected(): number;
  close(): Promise<void>;
}

/** @param peers to connect to; by default those of its configuration. */
export async function createHostileMember(
  identity: PeerIdentity,
  peers: readonly PeerAddress[] = identity.peers,
): Promise<HostileMember> {
  const { privateKey, chainId, listenPort, ca, cert } = identity;
  const suite = await createCryptoSuite();
  const network = createNetwork(
    {
      privateKey,
      chainId,
      listen: { host: "127.0.0.1", port: listenPort },
      peers,
      ca,
      cert,
      blacklist: [],
      whitelist: [],
    },
    { clock: systemClock, rng: systemRng, log: silentLogger, metrics: noMetrics },
  );
  await network.start();
  return {
    nodeId: network.nodeId,
    suite,
    sign: (digest) => suite.sign(digest, privateKey),
    async join(group, members, peers) {
      const channel = network.group(group as GroupId, members);
      if (!(await until(async () => channel.peers().length >= peers, JOIN_MS)))
        throw new RangeError(`connected with ${channel.peers().length} of ${peers} members of group ${group}`);
      return channel;
    },
    connected: () => network.peers().length,
    close: () => network.close(),
  };
}

/** The folder in which a node keeps a group. */
export function groupFolder(node: NodeProcess, group: number): string {
  const file = join(node.folder, "config.ini");
  const config = readConfig(NODE_CONFIG, file, readFileSync(file, "utf8"));
  return join(node.folder, config.group.dataPath, `group${group}`);
}
