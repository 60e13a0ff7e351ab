import { galeraAvailable } from "@fb/mariadb";
import { describe, it } from "vitest";
import { runGalera } from "./galera-run.ts";

describe.skipIf(!galeraAvailable())("a Galera cluster of three servers", () => {
  it("takes the blocks when the server in use is killed, and has each once", () =>
    runGalera({ seed: 1, kills: 1, blocks: 10 }));
});
