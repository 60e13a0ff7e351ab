import type { GroupChannel, ModuleName, NodeId } from "@fb/types";
import type { AttackContext } from "../attack.ts";
import { pause, repeat } from "../attacks/pacing.ts";
import { createHostileMember, type HostileMember } from "./hostile-member.ts";
import { identityOf } from "./identity.ts";

/** A hostile member, in its group with all that are connected. */
export interface Intruder {
  readonly member: HostileMember;
  readonly channel: GroupChannel;
  readonly nodes: readonly NodeId[];
}

export async function intrude(context: AttackContext, who: "observer" | "sealer"): Promise<Intruder> {
  const member = await createHostileMember(identityOf(context.identities[who]));
  const nodes = context.targets.map(({ nodeId }) => nodeId);
  const channel = await member.join(context.group.id, context.group.members, nodes.length);
  return { member, channel, nodes };
}

/** Sends `next()` to every node as fast as each takes it, until the signal aborts. */
export async function flood(
  context: AttackContext,
  { channel, nodes }: Intruder,
  signal: AbortSignal,
  next: () => readonly [ModuleName, Uint8Array],
): Promise<void> {
  await Promise.all(
    nodes.map((node) =>
      repeat(signal, async () => {
        // A turn of the event loop carries many small messages.
        for (let i = 0; i < 200; i++) {
          const [module, payload] = next();
          if (channel.send(node, module, payload) === "dropped") {
            context.count(channel.peers().includes(node) ? "queue full" : "cut off");
            return pause(20, signal);
          }
          context.count("messages");
          context.count("bytes", payload.length);
        }
      }),
    ),
  );
}
