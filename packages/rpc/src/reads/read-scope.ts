import type { GroupHandle } from "@fb/api";
import type { Clock } from "@fb/runtime";
import type { Client } from "../admission/client.ts";
import type { Shares } from "../admission/shares.ts";
import type { AnswerRoom } from "../answers/answer-room.ts";
import type { RpcLimits } from "../options.ts";

/** What a read of one group for one client needs. */
export interface ReadScope extends GroupHandle {
  readonly handle: GroupHandle;
  readonly client: Client;
  /** Of the answer the result becomes a part of. */
  readonly room: AnswerRoom;
  readonly services: { readonly shares: Shares; readonly limits: RpcLimits; readonly clock: Clock };
}
