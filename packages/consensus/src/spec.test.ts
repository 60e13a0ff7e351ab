import { join } from "node:path";
import { describeSpec } from "./testing/spec-suite.ts";

const packages = join(import.meta.dirname, "..", "..");
describeSpec(join(packages, "consensus"), [join(packages, "pbft"), join(packages, "raft")], "consensus");
