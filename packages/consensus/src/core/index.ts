export {
  type CoreEffect,
  type CoreInput,
  type ExecOutcome,
  type Executed,
  type Head,
  IGNORE,
  type Image,
  type JournalSeq,
  type Machine,
  type MachineView,
  type Note,
  type Proposal,
  type Screened,
  type Send,
  type Signatures,
  TAKE,
  type Target,
} from "./machine.ts";
export { byzantine, majority, type Quorum, reachedBy } from "./quorum.ts";
export type { RejectCode } from "./reject-code.ts";
