export { type FuzzReport, type FuzzRpcOptions, fuzzRpc } from "./fuzz/fuzz-rpc.ts";
export { decodeBombs, pbftVote, raftMessage, syncMessage } from "./peer/hand-made.ts";
export { createHostileMember, groupFolder, type HostileMember } from "./peer/hostile-member.ts";
export { identityOf, type PeerIdentity } from "./peer/identity.ts";
