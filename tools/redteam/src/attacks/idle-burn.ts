import type { Attack } from "../attack.ts";
import { repeat } from "./pacing.ts";

/** The control: what a busy process beside the chain does to it on this machine. */
export const idleBurn: Attack = {
  name: "idle-burn",
  who: "nobody",
  does: "uses the processor and attacks nobody: what the same machine costs the chain",
  prepare: async () => (signal) =>
    repeat(signal, () => {
      const until = performance.now() + 20;
      while (performance.now() < until);
    }),
};
