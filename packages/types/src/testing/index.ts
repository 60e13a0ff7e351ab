export { decodeCost } from "./decode-cost.ts";
export { nobleSuite } from "./noble-suite.ts";
