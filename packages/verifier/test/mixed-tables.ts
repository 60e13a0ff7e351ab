import { SYSTEM_ABI } from "@fb/precompiled";
import type { createSeededRng } from "@fb/runtime/testing";
import { type Address, fromHex } from "@fb/types";
import { Interface } from "ethers";
import { reserved } from "./hostile-programs.ts";
import { compileTableLab } from "./table-lab.ts";

interface TableCall {
  readonly to: Address;
  readonly data: Uint8Array;
  readonly gas: bigint;
}

/** Random calls of the table lab at `to` and of the factories: rows, objects, and what fails with them. Of CRUD, too. */
export function mixedTables(
  { below }: ReturnType<typeof createSeededRng>,
  to: Address,
): { readonly initCode: Uint8Array; next(): TableCall } {
  const lab = compileTableLab();
  const abi = new Interface(lab.abi);
  const contracts = new Map(
    [0x1001, 0x1002, 0x1010].map((digits) => [
      digits,
      new Interface(SYSTEM_ABI.get(digits.toString(16).padStart(40, "0"))!),
    ]),
  );
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const table = () => pick(["Mixed", "Mixed", "mixed", "missing"]);
  const key = () => pick(["a", "b", "made"]);
  const run = (name: string, ...args: readonly unknown[]): TableCall => ({
    to,
    data: fromHex(abi.encodeFunctionData(name, args))!,
    // Now and then too little, at any step.
    gas: below(5) === 0 ? 60_000n + BigInt(below(150_000)) : 2_000_000n,
  });
  const system = (digits: number, name: string, ...args: readonly string[]): TableCall => ({
    to: reserved(digits),
    data: fromHex(contracts.get(digits)!.encodeFunctionData(name, args))!,
    gas: 2_000_000n,
  });
  const crud = (name: string, ...args: readonly string[]) => system(0x1002, name, table(), key(), ...args, "");
  const entry = () => pick([`{"id":${below(20)},"name":"n${below(9)}"}`, '{"name":"\\u00e9"}', '{"none":1}', "{]"]);
  const where = () =>
    pick(["{}", `{"id":{"ge":${below(20)}}}`, `{"limit":{"limit":"${below(3)},${below(3)}"}}`, '{"id":{"is":1}}']);
  const kinds: readonly (() => TableCall)[] = [
    () => run("insert", table(), key(), below(20), `n${below(9)}`),
    () => run("insert", table(), key(), below(20), `n${below(9)}`),
    () => run("rename", table(), key(), below(10), 5 + below(10), "renamed"),
    () => run("drop", table(), key(), below(10), below(20)),
    () => run("show", table(), key(), below(3), below(4)),
    () => run("ids", table(), key(), below(10), below(20)),
    () => run("word", table(), key()),
    () => run("undone", table(), key()),
    () => run("odd", table()),
    () => run("keep", table()),
    () => run("useKept"),
    () => run("flood", table(), below(200)),
    () => crud("insert", entry()),
    () => crud("update", entry(), where()),
    () => crud("remove", where()),
    () => crud("select", where()),
    () => system(pick([0x1001, 0x1010]), "createTable", `t${below(30)}`, "id", "a,b"),
    () => system(pick([0x1001, 0x1010]), "openTable", pick(["mixed", `t${below(30)}`])),
  ];
  return {
    initCode: fromHex(lab.bytecode + abi.encodeDeploy(["Mixed"]).slice(2))!,
    next: () => pick(kinds)(),
  };
}
