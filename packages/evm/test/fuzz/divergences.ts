/** Seeds that once told the engines apart, with what it was. */
export const FOUND: ReadonlyMap<number, string> = new Map([
  [4393, "CREATE2 with too few operands in a static context: the operands are looked at first"],
  [9333, "RETURNDATACOPY out of bounds without the gas for it: the bounds are looked at first"],
  [10_244, "CREATE with too few operands in a static context: the operands are looked at first"],
]);
