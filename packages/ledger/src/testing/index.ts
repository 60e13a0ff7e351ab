export { type BlockMaker, type BlockMakerOptions, createBlockMaker } from "./block-maker.ts";
export { readWhole } from "./read-whole.ts";
export { type SoloGroup, type SoloGroupOptions, startSoloGroup, suite } from "./solo-group.ts";
export { testGenesis, testOptions } from "./test-options.ts";
