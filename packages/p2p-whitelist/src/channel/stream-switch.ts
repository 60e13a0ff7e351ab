import type { Clock, Logger } from "@fb/runtime";
import type { Connection, Stream } from "@libp2p/interface";
import { byteStream } from "@libp2p/utils";
import { deadlineAfter } from "../deadline.ts";
import { p2pError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { P2pMetrics } from "../metrics.ts";
import type { PeerConnection } from "../peers/peer-connection.ts";
import { decodeOpen, OPEN_FRAME_BYTES } from "./frames.ts";
import type { GroupDoor } from "./group-channel.ts";

export interface StreamSwitchDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: P2pMetrics;
  readonly doors: ReadonlyMap<number, GroupDoor>;
  /** The admitted connection in use; undefined for one that lost against another of the same peer. */
  currentOf(connection: Connection): PeerConnection | undefined;
}

/**
 * Routes a stream that a peer opened. Hiding (SPEC 5.1): whether the group is unknown, stopped, not the peer's or the
 * frame nonsense, the same bytes are read, nothing is written and the same reset follows, on one path of code.
 */
export function createStreamSwitch(deps: StreamSwitchDeps): (stream: Stream, connection: Connection) => Promise<void> {
  const refuse = (stream: Stream) => {
    deps.metrics.channelRefused.inc();
    stream.abort(p2pError("STREAM_REFUSED", "not a stream of a group of this peer"));
  };

  return async (stream, connection) => {
    const deadline = deadlineAfter(deps.clock, LIMITS.openMs);
    let frame: Uint8Array;
    const io = byteStream(stream);
    try {
      frame = (await io.read({ bytes: OPEN_FRAME_BYTES, signal: deadline.signal })).subarray();
    } catch (error) {
      return stream.abort(error as Error);
    } finally {
      deadline.cancel();
    }
    const peer = deps.currentOf(connection);
    const purpose = decodeOpen(frame);
    if (peer !== undefined && purpose?.type === "control") return peer.acceptControl(io.unwrap());
    const groupId = purpose?.type === "channel" ? purpose.groupId : 0;
    const isAdmitted = deps.doors.get(groupId)?.admits(peer?.nodeId) === true;
    deps.log.debug("channel-asked", { peer: peer?.nodeId, group: groupId, isAdmitted });
    if (!isAdmitted || peer === undefined || purpose?.type !== "channel") return refuse(stream);
    deps.doors.get(groupId)!.accept(peer, purpose.module, io.unwrap());
  };
}
