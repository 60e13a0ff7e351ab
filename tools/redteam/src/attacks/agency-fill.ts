import type { Attack } from "../attack.ts";
import { createHostileMember, type HostileMember } from "../peer/hostile-member.ts";
import { identityOf, moreIdentities } from "../peer/identity.ts";
import { pause } from "./pacing.ts";

/** As many as a node has room for beside its three peers, and some that wait for theirs. */
const NODES = 260;

/** One agency issues certificates without end and takes every place. */
export const agencyFill: Attack = {
  name: "agency-fill",
  who: "non-member",
  does: "260 nodes of one agency take the places for peers of two nodes, while a third restarts",
  restarts: 3,
  async prepare(context) {
    const { agency, identities, targets, count } = context;
    const peers = targets.slice(0, 2).map(({ p2pPort }) => ({ host: "127.0.0.1", port: p2pPort }));
    const more = await moreIdentities(agency, identityOf(identities["non-member"]), NODES);
    const members: HostileMember[] = [];
    for (const identity of more) members.push(await createHostileMember(identity, peers));
    await pause(5_000);
    count(
      "connections",
      members.reduce((sum, member) => sum + member.connected(), 0),
    );
    return (signal) => pause(120_000, signal);
  },
};
