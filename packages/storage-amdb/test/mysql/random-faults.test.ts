import { mariadbAvailable } from "@fb/mariadb";
import { describe, it } from "vitest";
import { runFaults } from "./random-faults.ts";

describe.skipIf(!mariadbAvailable())("random faults of a MariaDB", () => {
  it.each([1, 2])("lose nothing and double nothing (seed %i)", (seed) => runFaults({ seed, faults: 10 }));
});
