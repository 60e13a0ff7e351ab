import { describeDriver } from "@fb/consensus/testing";
import { createPbftEngine } from "../src/index.ts";

describeDriver("pbft", createPbftEngine);
