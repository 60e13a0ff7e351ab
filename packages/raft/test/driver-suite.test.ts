import { describeDriver } from "@fb/consensus/testing";
import { createRaftEngine } from "../src/index.ts";

describeDriver("raft", createRaftEngine);
