import { isUserTableName, TABLE_LIMITS, TABLES, userTableName } from "@fb/storage-amdb";
import { type Address, fromHex, PRECOMPILED_CODES } from "@fb/types";
import type { AbiValue } from "./abi.ts";
import { accountText, isGrantable, isOpenUnlisted, mayWrite } from "./access.ts";
import type { Steps, SystemContract } from "./definition.ts";
import type { SystemSession } from "./session.ts";

/**
 * Permission (0x1005): who may write which table. A grant counts from the next height, its removal at once. Whatever is
 * no system table is the name of a user table without its `u_`, as applications and the tools of FISCO BCOS know it.
 */
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
        const name = storageName(table as string);
        if (name === null) return ["[]"];
        const rows = yield* session.rows(TABLES.tableAccess, name);
        const grants = rows.map(({ address, enable_num }) => ({ address, enable_num, table_name: name }));
        return [JSON.stringify(grants)];
      },
    },
  ],
};

function* change(
  session: SystemSession,
  tableArgument: string,
  accountArgument: string,
  grant: boolean,
): Steps<AbiValue> {
  if (tableArgument.length > TABLE_LIMITS.maxTableNameBytes) return PRECOMPILED_CODES.nameTooLong;
  const account = parseAddress(accountArgument);
  if (account === null) return PRECOMPILED_CODES.badAddress;
  const table = storageName(tableArgument);
  if (table === null || !(yield* exists(session, table))) return PRECOMPILED_CODES.tableMissing;
  if (!(yield* mayWrite(session, TABLES.tableAccess))) return PRECOMPILED_CODES.permissionDenied;
  const rows = yield* session.rows(TABLES.tableAccess, table);
  const address = accountText(account);
  const held = rows.some((row) => row["address"] === address);
  if (grant && held) return PRECOMPILED_CODES.grantExists;
  if (!grant && !held) return PRECOMPILED_CODES.grantMissing;
  if (!grant && rows.length === 1) {
    if (table === TABLES.tableAccess) return PRECOMPILED_CODES.lastAdmin;
    if (isOpenUnlisted(table)) return PRECOMPILED_CODES.lastGrant;
  }
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

/** Name under which a table is stored; null for what can be no table that rights are granted to. */
function storageName(table: string): string | null {
  if (table.startsWith("_")) return isGrantable(table) ? table : null;
  return isUserTableName(table) ? userTableName(table) : null;
}

function* exists(session: SystemSession, table: string): Steps<boolean> {
  return isGrantable(table) || (yield* session.rows(TABLES.tables, table)).length > 0;
}

/** 40 hex digits with 0x, in any case; null for anything else. */
export function parseAddress(text: string): Address | null {
  return /^0x[0-9a-fA-F]{40}$/.test(text) ? fromHex(text) : null;
}
