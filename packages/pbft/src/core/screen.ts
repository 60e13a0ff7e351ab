import { IGNORE, type RejectCode, type Screened, TAKE } from "@fb/consensus/core";
import type { NodeId } from "@fb/types";
import type { PbftHeading } from "./messages.ts";
import type { HeightState } from "./state.ts";

/** What need not be read or checked, because nothing would come of it (consensus SPEC 1.4). */
export function screen<P>(s: HeightState<P>, from: NodeId, msg: PbftHeading): Screened {
  if (msg.height > s.height) return TAKE;
  // Whoever asks or wants to lead where we have been is told where we are.
  if (msg.height < s.height) return msg.m === "sign" || msg.m === "commit" || msg.m === "body" ? IGNORE : TAKE;
  if (s.self < 0) return IGNORE;
  const sealer = s.indexOf(from);
  if (sealer < 0) return refuse("NOT_A_SEALER");
  switch (msg.m) {
    case "prepare":
      if (msg.view < s.view) return refuse("STALE");
      return s.leader(msg.view) === sealer ? TAKE : refuse("NOT_THE_LEADER");
    case "sign":
    case "commit":
      return (msg.m === "sign" ? s.signs : s.commits).of(sealer, msg.view)?.hash === msg.hash ? IGNORE : TAKE;
    case "body":
      return s.fetching === null ? IGNORE : TAKE;
    default:
      return TAKE;
  }
}

function refuse(code: RejectCode): Screened {
  return { take: false, code };
}
