import type { Blockchain } from "@fb/blockchain";
import type { Clock } from "@fb/runtime";
import type { GroupChannel, Members, NodeId } from "@fb/types";

export interface MemberLinksDeps {
  readonly chain: Pick<Blockchain, "members" | "onCommitted">;
  readonly channel: Pick<GroupChannel, "setMembers">;
  readonly clock: Clock;
}

/** How long a removed member may still fetch the block that removed it. */
const FAREWELL_MS = 5_000;

/**
 * Who may use the channel: the members of the newest block, and those it removed until the next block comes or a moment
 * has passed. So a removed member can fetch the block that tells it so, and no later one.
 */
export class MemberLinks {
  readonly #deps: MemberLinksDeps;
  #cancelFarewell: (() => void) | null = null;
  #stop: (() => void) | null = null;
  #members: readonly NodeId[] = [];

  constructor(deps: MemberLinksDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { chain, channel } = this.#deps;
    this.#members = idsOf(chain.members());
    channel.setMembers(this.#members);
    this.#stop = chain.onCommitted(({ executed }) => this.#committed(executed.members));
  }

  close(): void {
    this.#stop?.();
    this.#cancelFarewell?.();
  }

  /** @param changed the lists after the block; null when it did not change them */
  #committed(changed: Members | null): void {
    const { channel, clock } = this.#deps;
    if (changed === null) {
      this.#cut();
      return;
    }
    this.#cancelFarewell?.();
    const before = this.#members;
    this.#members = idsOf(changed);
    const leaving = before.filter((node) => !this.#members.includes(node));
    channel.setMembers([...this.#members, ...leaving]);
    this.#cancelFarewell = leaving.length === 0 ? null : clock.after(FAREWELL_MS, () => this.#cut());
  }

  #cut(): void {
    if (this.#cancelFarewell === null) return;
    this.#cancelFarewell();
    this.#cancelFarewell = null;
    this.#deps.channel.setMembers(this.#members);
  }
}

function idsOf({ sealers, observers }: Members): readonly NodeId[] {
  return [...sealers, ...observers];
}
