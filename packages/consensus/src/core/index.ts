export type {
  CoreEffect,
  CoreInput,
  ExecOutcome,
  Executed,
  Head,
  Image,
  JournalSeq,
  Machine,
  MachineView,
  Note,
  Proposal,
  Send,
  Signatures,
  Target,
} from "./machine.ts";
export { byzantine, majority, type Quorum, reachedBy } from "./quorum.ts";
export { peerActionOf, type RejectCode } from "./reject-code.ts";
