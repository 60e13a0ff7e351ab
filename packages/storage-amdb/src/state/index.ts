export { type Candidate, Candidates, CandidateView } from "./candidates.ts";
export { type ListSlots, type NetChange, type NetChanges, netChanges, type SlotChange } from "./net-changes.ts";
export type { RecentStateOptions } from "./options.ts";
export type { StateReader, StateValue } from "./ports.ts";
export { type BlockPreImages, type PreImage, preImageBytes, preImagesOf } from "./pre-images.ts";
export { RecentState } from "./recent-state.ts";
export { StateCache } from "./state-cache.ts";
