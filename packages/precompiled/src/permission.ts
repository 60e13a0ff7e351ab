import { TABLES } from "@fb/storage-amdb";
import { type Address, fromHex, PRECOMPILED_CODES } from "@fb/types";
import type { AbiValue } from "./abi.ts";
import { accountText, GOVERNED_TABLES, mayWrite, OPEN_TABLES } from "./access.ts";
import type { Steps, SystemContract } from "./definition.ts";
import type { SystemSession } from "./session.ts";

/** Longest table name, with the prefix of user tables. */
const MAX_TABLE_NAME_BYTES = 50;

/** Permission (0x1005): who may write which table. A grant counts from the next height, its removal at once. */
export const permissionContract: SystemContract = {
  address: "0000000000000000000000000000000000001005",
  functions: [
    {
      name: "insert",
      inputs: ["string", "string"],
      outputs: ["int256"],
      writes: true,
      *run(session, [table, account]) {
        return [yield* change(session, table as string, account as string, true)];
      },
    },
    {
      name: "remove",
      inputs: ["string", "string"],
      outputs: ["int256"],
      writes: true,
      *run(session, [table, account]) {
        return [yield* change(session, table as string, account as string, false)];
      },
    },
    {
      // JSON: [{"address","enable_num","table_name"}] in order of granting.
      name: "queryByName",
      inputs: ["string"],
      outputs: ["string"],
      writes: false,
      *run(session, [table]) {
        const name = table as string;
        if (name.length > MAX_TABLE_NAME_BYTES) return ["[]"];
        const rows = yield* session.rows(TABLES.tableAccess, name);
        return [
          JSON.stringify(
            rows.map((row) => ({ address: row["address"], enable_num: row["enable_num"], table_name: name })),
          ),
        ];
      },
    },
  ],
};

function* change(session: SystemSession, table: string, accountArgument: string, grant: boolean): Steps<AbiValue> {
  if (table.length > MAX_TABLE_NAME_BYTES) return PRECOMPILED_CODES.nameTooLong;
  const account = parseAddress(accountArgument);
  if (account === null) return PRECOMPILED_CODES.badAddress;
  if (!GOVERNED_TABLES.has(table) && !OPEN_TABLES.has(table)) return PRECOMPILED_CODES.tableMissing;
  if (!(yield* mayWrite(session, TABLES.tableAccess))) return PRECOMPILED_CODES.permissionDenied;
  const rows = yield* session.rows(TABLES.tableAccess, table);
  const address = accountText(account);
  const held = rows.some((row) => row["address"] === address);
  if (grant && held) return PRECOMPILED_CODES.grantExists;
  if (!grant && !held) return PRECOMPILED_CODES.grantMissing;
  if (!grant && table === TABLES.tableAccess && rows.length === 1) return PRECOMPILED_CODES.lastAdmin;
  const enableNumber = String(session.enableNumber);
  if (grant) session.insert(TABLES.tableAccess, table, { address, enable_num: enableNumber });
  else session.remove(TABLES.tableAccess, table, "address", address);
  session.emit({
    signature: "PermissionChanged(address,address,string,bool,uint256)",
    indexed: [session.caller, account],
    types: ["string", "bool", "uint256"],
    values: [table, grant, BigInt(grant ? session.enableNumber : session.enableNumber - 1)],
  });
  return 1n;
}

/** 40 hex digits with 0x, in any case; null for anything else. */
export function parseAddress(text: string): Address | null {
  return /^0x[0-9a-fA-F]{40}$/.test(text) ? fromHex(text) : null;
}
