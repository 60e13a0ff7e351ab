import { join } from "node:path";
import { describeSpec } from "@fb/consensus/testing";

describeSpec(join(import.meta.dirname, ".."));
