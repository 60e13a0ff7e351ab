export { type Candidate, Candidates, CandidateView } from "./candidates.ts";
export { type ListSlots, type NetChange, type NetChanges, netChanges, type SlotChange } from "./net-changes.ts";
export { type BlockPreImages, preImageBytes, preImagesOf } from "./pre-images.ts";
export { RecentState, type RecentStateOptions, type StateReader, type StateValue } from "./recent-state.ts";
export { StateCache } from "./state-cache.ts";
