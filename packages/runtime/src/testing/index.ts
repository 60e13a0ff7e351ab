export { createCapturingLogger, type LogLine } from "./capturing-logger.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { createSeededRng } from "./seeded-rng.ts";
