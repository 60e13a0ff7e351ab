import { bytesToBig } from "./bytes.ts";
import type { Address } from "./ids.ts";

/** Results of system contracts that are not a success (FISCO BCOS 2.x numbers; -51005 and -51006 are ours). Returned as int256. */
export const PRECOMPILED_CODES = {
  /** The caller has no right to this write. */
  permissionDenied: -50000n,
  tableExists: -50001n,
  tableNameTooLong: -50002n,
  fieldNameTooLong: -50003n,
  /** Their names together, or their number. */
  tooManyFields: -50004n,
  keyTooLong: -50005n,
  valueTooLong: -50006n,
  fieldTwice: -50007n,
  /** Also a field that the table does not have. */
  badFieldName: -50008n,
  tableMissing: -50100n,
  unknownFunction: -50101n,
  badAddress: -50102n,
  grantExists: -51000n,
  grantMissing: -51001n,
  nameTooLong: -51002n,
  /** The last admin cannot be removed: nobody could ever grant anything again. */
  lastAdmin: -51005n,
  /** The last right to a table that is open to everybody when nobody has one. */
  lastGrant: -51006n,
  badNodeId: -51100n,
  lastSealer: -51101n,
  nameAndVersionExist: -51200n,
  versionTooLong: -51201n,
  badConfigValue: -51300n,
  badEntry: -51500n,
  badCondition: -51501n,
  badOperator: -51502n,
  keyChanged: -51503n,
} as const;
export type PrecompiledCode = (typeof PRECOMPILED_CODES)[keyof typeof PRECOMPILED_CODES];

const MEANINGS: Readonly<Record<keyof typeof PRECOMPILED_CODES, string>> = {
  permissionDenied: "the sender has no right to this change",
  tableExists: "there is a table of this name already",
  tableNameTooLong: "the table's name is longer than 48 characters",
  fieldNameTooLong: "a field's name is longer than 64 characters",
  tooManyFields: "more than 128 value fields, or their names are longer than 1024 characters together",
  keyTooLong: "the key is longer than 255 bytes",
  valueTooLong: "a value is longer than 16777215 bytes",
  fieldTwice: "two fields have the same name",
  badFieldName: "no field of this table, or a name with other characters than letters, digits, $, _ and @",
  tableMissing: "there is no such table",
  unknownFunction: "the system contract has no such function",
  badAddress: "not an address: 0x and 40 hex digits",
  grantExists: "the account has this right already",
  grantMissing: "the account does not have this right",
  nameTooLong: "the table's name is longer than 48 characters",
  lastAdmin: "the last admin cannot be removed",
  lastGrant: "without its last right the table would be open to everybody: grant it to somebody else first",
  badNodeId: "not the id of a node: 128 hex digits",
  lastSealer: "the last sealer can be neither removed nor made an observer",
  nameAndVersionExist: "this name and version are registered already",
  versionTooLong: "the version is longer than 128 bytes",
  badEntry: 'no entry: {"field":"value"}, each field once, values are strings or integers',
  badCondition: 'no condition: {"field":{"eq":"value"},"limit":{"limit":"0,10"}}',
  badOperator: "no operator: eq, ne, gt, ge, lt, le",
  keyChanged: "the key of a row cannot be changed",
  badConfigValue: "an unknown key, or a value that it does not allow",
};
const NAMES = new Map(
  Object.entries(PRECOMPILED_CODES).map(([name, code]) => [code as bigint, name as keyof typeof MEANINGS]),
);
const INT_LIMIT = 1n << 255n;

/** A system contract's answer that nothing was done, although its transaction succeeded. */
export interface SystemRefusal {
  /** Negative. */
  readonly code: number;
  /** Key of {@link PRECOMPILED_CODES}; `unknown` for a code of a later version. */
  readonly name: string;
  /** For people. */
  readonly message: string;
}

/** Whether an address is of those kept for system contracts, 0x1000 to 0x10ff. */
export function isSystemAddress(address: Address): boolean {
  return address[18] === 0x10 && address.every((byte, at) => at >= 18 || byte === 0);
}

/** What a call of `to` that did not fail was refused with; null when it was not, or `to` is no system contract. */
export function systemRefusal(to: Address | null, output: Uint8Array): SystemRefusal | null {
  if (to === null || output.length !== 32 || !isSystemAddress(to)) return null;
  const word = bytesToBig(output);
  if (word < INT_LIMIT) return null;
  const code = word - 2n * INT_LIMIT;
  const name = NAMES.get(code);
  return { code: Number(code), name: name ?? "unknown", message: name === undefined ? "refused" : MEANINGS[name] };
}
