export { createCapturingLogger, type LogLine } from "./capturing-logger.ts";
export { type Choice, choices } from "./choices.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { mutatedMessage, mutatedRaw } from "./mutate-message.ts";
export { createSeededRng } from "./seeded-rng.ts";
