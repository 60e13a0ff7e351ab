export { type Candidate, Candidates, CandidateView } from "./candidates.ts";
export { type ListSlots, type NetChange, type NetChanges, netChanges, type SlotChange } from "./net-changes.ts";
export { RecentState, type RecentStateOptions, type StateReader, type StateValue } from "./recent-state.ts";
