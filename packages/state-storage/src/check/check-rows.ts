import { shownBytes, TABLES } from "@fb/storage-amdb";
import { EMPTY, equalBytes, type TableRow, toHex } from "@fb/types";
import { ACCOUNT_KEY, decodeAccount } from "../account-row.ts";
import { slotValue } from "../slot-row.ts";
import type { AccountRowsOptions } from "./options.ts";

/** Looks at the rows of contract tables, in their order; `end` after the last. Every fault is reported. */
export function createAccountRowCheck(options: AccountRowsOptions): { row(row: TableRow): void; end(): void } {
  const { report, isWritten } = options;
  let table = "";
  let hasAccount = true;
  const end = () => {
    if (hasAccount) return;
    report({ code: "ROW_MISSING", table, key: ACCOUNT_KEY, expected: "the account of these slots", found: "nothing" });
  };
  return {
    row({ table: name, key, row, fields }) {
      if (name !== table) {
        end();
        table = name;
        hasAccount = false;
      }
      const isAccount = equalBytes(key, ACCOUNT_KEY);
      hasAccount ||= isAccount;
      const problem = isAccount ? accountProblem(fields, options) : slotProblem(key, fields);
      if (problem !== null) {
        const fault = { table, key, row, expected: problem.expected, found: fields.map(shownBytes).join(",") };
        report({ code: problem.code, ...fault });
      }
      if (isWritten !== null && !isWritten(table, key)) {
        report({
          code: "ROW_UNEXPECTED",
          table,
          key,
          row,
          expected: "a row that a block wrote",
          found: "a row of none",
        });
      }
    },
    end,
  };
}

type Problem = { readonly code: "ROW_UNREADABLE" | "ROW_MISSING" | "ROW_UNEXPECTED"; readonly expected: string } | null;

function accountProblem(fields: readonly Uint8Array[], { emptyCodeHash, hasCode }: AccountRowsOptions): Problem {
  try {
    const { codeHash } = decodeAccount(fields);
    if (fields.length !== 1) return { code: "ROW_UNREADABLE", expected: "one field" };
    if (equalBytes(codeHash, emptyCodeHash) || hasCode(codeHash)) return null;
    return { code: "ROW_MISSING", expected: `code ${toHex(codeHash)} in ${TABLES.code}` };
  } catch {
    return { code: "ROW_UNREADABLE", expected: "an account" };
  }
}

function slotProblem(key: Uint8Array, fields: readonly Uint8Array[]): Problem {
  if (key.length !== 32) return { code: "ROW_UNEXPECTED", expected: "the account, or a slot of 32 bytes" };
  try {
    slotValue(fields.length === 1 ? fields[0] : EMPTY);
    return null;
  } catch {
    return { code: "ROW_UNREADABLE", expected: "the value of a slot" };
  }
}
