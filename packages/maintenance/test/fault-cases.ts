import { numberKey, type RowFaultCode, TABLES } from "@fb/storage-amdb";
import { equalBytes, type StateType, type TableRow } from "@fb/types";

/** Changes the rows of a store. */
export type Alter = (rows: readonly TableRow[]) => readonly TableRow[];

/** What is altered, and the fault that must be found for it: its code, table and, if it has one, height. */
export interface FaultCase {
  readonly what: string;
  readonly alter: Alter;
  readonly code: RowFaultCode;
  /** How the table's name begins. */
  readonly table: string;
  readonly height?: number;
}

type Choose = (row: TableRow) => boolean;
type Expected = readonly [code: RowFaultCode, table: string, height?: number];

const utf8 = (text: string) => new TextEncoder().encode(text);
const FOUR = numberKey(4);
const HASH = new Uint8Array(32).fill(7);

const at =
  (table: string, key?: Uint8Array): Choose =>
  (row) =>
    row.table === table && (key === undefined || equalBytes(row.key, key));
const accountRow: Choose = ({ table, key }) => table.startsWith("c_") && key.length === 7;
const slotRow: Choose = ({ table, key }) => table.startsWith("c_") && key.length === 32;
const counter = (name: string) => at(TABLES.currentState, utf8(name));

/** The last bit of a byte of the first row that is chosen; negative bytes count from the end. */
export function flip(choose: Choose, field = 0, byte = -1): Alter {
  return (rows) => flipIn(rows, rows.findIndex(choose), field, byte);
}

export function flipIn(rows: readonly TableRow[], index: number, field: number, byte: number): TableRow[] {
  const fields = rows[index]!.fields.map((value) => value.slice());
  const place = byte < 0 ? fields[field]!.length + byte : byte;
  fields[field]![place]! ^= 1;
  return rows.with(index, { ...rows[index]!, fields });
}

const flipLast =
  (choose: Choose, field = 0): Alter =>
  (rows) =>
    flipIn(rows, rows.findLastIndex(choose), field, -1);
const drop =
  (choose: Choose): Alter =>
  (rows) =>
    rows.toSpliced(rows.findIndex(choose), 1);
const add =
  (table: string, key: Uint8Array, row: number, ...fields: Uint8Array[]): Alter =>
  (rows) => [...rows, { table, key, row, fields }];
/** A row like the first that is chosen, with changes. */
const copy =
  (choose: Choose, changes: (row: TableRow) => Partial<TableRow>): Alter =>
  (rows) => {
    const row = rows.find(choose)!;
    return [...rows, { ...row, ...changes(row) }];
  };
const cut =
  (choose: Choose): Alter =>
  (rows) => {
    const index = rows.findIndex(choose);
    return rows.with(index, { ...rows[index]!, fields: [rows[index]!.fields[0]!.subarray(0, -1)] });
  };

function cases(list: Readonly<Record<string, readonly [Alter, ...Expected]>>): FaultCase[] {
  return Object.entries(list).map(([what, [alter, code, table, height]]) => ({
    what,
    alter,
    code,
    table,
    ...(height === undefined ? {} : { height }),
  }));
}

const t = TABLES;

const ofBlocks = cases({
  "a block hash": [flip(at(t.numberToHash, FOUR)), "ROW_DIFFERS", t.numberToHash, 4],
  "no block hash": [drop(at(t.numberToHash, FOUR)), "ROW_MISSING", t.numberToHash, 4],
  "a header": [flip(at(t.numberToHeader, FOUR), 0, 40), "ROW_DIFFERS", t.numberToHeader, 4],
  "no header": [drop(at(t.numberToHeader, FOUR)), "ROW_MISSING", t.numberToHeader, 4],
  "a count of transactions": [flip(at(t.numberToHeader, FOUR), 1), "ROW_DIFFERS", t.numberToHeader, 4],
  "a block size": [flip(at(t.numberToHeader, FOUR), 2), "ROW_DIFFERS", t.numberToHeader, 4],
  "a transaction": [flip(at(t.numberToBody, FOUR)), "ROOT_DIFFERS", t.numberToBody, 4],
  "a body's header": [flip(at(t.numberToBody, FOUR), 0, 40), "ROW_DIFFERS", t.numberToBody, 4],
  "a body that is cut": [cut(at(t.numberToBody, FOUR)), "ROW_UNREADABLE", t.numberToBody, 4],
  "no body": [drop(at(t.numberToBody, FOUR)), "ROW_MISSING", t.numberToBody, 4],
  "a second part of a body": [add(t.numberToBody, FOUR, 2, HASH.slice(0, 0)), "ROW_UNEXPECTED", t.numberToBody, 4],
  "a block above the head": [
    copy(at(t.numberToBody), () => ({ key: numberKey(99) })),
    "ROW_UNREADABLE",
    t.numberToBody,
  ],
  "a hash in a list": [flip(at(t.numberToTxs, FOUR)), "ROW_DIFFERS", t.numberToTxs, 4],
  "a sender": [flip(at(t.numberToTxs, FOUR), 1), "ROW_DIFFERS", t.numberToTxs, 4],
  "a receipt": [flip(at(t.numberToReceipts, FOUR), 0, 14), "ROOT_DIFFERS", t.numberToReceipts, 4],
  "no receipts": [drop(at(t.numberToReceipts, FOUR)), "ROW_MISSING", t.numberToReceipts, 4],
  "a signature": [flip(at(t.certificates, FOUR), 0, 40), "CERTIFICATE_INVALID", t.certificates, 4],
  "a signature's parity": [flip(at(t.certificates, FOUR)), "CERTIFICATE_INVALID", t.certificates, 4],
  "no certificate": [drop(at(t.certificates, FOUR)), "ROW_MISSING", t.certificates, 4],
  "a certificate of block 0": [
    copy(at(t.certificates), () => ({ key: numberKey(0) })),
    "ROW_UNEXPECTED",
    t.certificates,
    0,
  ],
  "a member list": [flip(at(t.numberToMembers, numberKey(1))), "ROW_UNREADABLE", t.numberToMembers, 1],
  "no member list": [drop(at(t.numberToMembers, numberKey(1))), "ROW_MISSING", t.numberToMembers, 1],
  "a number of a hash": [flip(at(t.hashToNumber)), "ROW_DIFFERS", t.hashToNumber],
  "no number of a hash": [drop(at(t.hashToNumber)), "ROW_MISSING", t.hashToNumber],
  "a hash of no block": [add(t.hashToNumber, HASH, 0, FOUR), "ROW_UNEXPECTED", t.hashToNumber],
  "a place of a transaction": [flip(at(t.txHashToBlock), 1), "ROW_DIFFERS", t.txHashToBlock],
  "no place of a transaction": [drop(at(t.txHashToBlock)), "ROW_MISSING", t.txHashToBlock],
  "a transaction of no block": [
    add(t.txHashToBlock, HASH, 0, FOUR, new Uint8Array(4)),
    "ROW_UNEXPECTED",
    t.txHashToBlock,
  ],
  "a replay key": [flip(at(t.replayKeys)), "ROW_DIFFERS", t.replayKeys],
  "no replay keys": [drop(at(t.replayKeys)), "ROW_MISSING", t.replayKeys],
  "replay keys that are over": [
    add(t.replayKeys, numberKey(3), 2, new Uint8Array(16)),
    "ROW_UNEXPECTED",
    t.replayKeys,
    2,
  ],
});

const ofTables = cases({
  "the height": [flip(counter("current_number")), "ROW_DIFFERS", t.currentState],
  "the count of transactions": [flip(counter("total_transaction_count")), "ROW_DIFFERS", t.currentState],
  "the count of failures": [flip(counter("total_failed_transaction_count")), "ROW_DIFFERS", t.currentState],
  "an unknown counter": [add(t.currentState, utf8("other"), 0, FOUR), "ROW_UNEXPECTED", t.currentState],
  "the genesis": [flip(counter("genesis"), 0, -8), "ROW_DIFFERS", t.currentState],
  "no genesis": [drop(counter("genesis")), "ROW_MISSING", t.currentState],
  "members in force": [flip(at(t.consensus), 1), "ROOT_DIFFERS", t.consensus],
  "a rule that headers keep": [
    flip((row) => at(t.config, utf8("block_gas_limit"))(row) && row.row === 2, 0, 0),
    "HEADER_RULE",
    t.numberToHeader,
    4,
  ],
  "a rule of the genesis": [flip(at(t.config, utf8("replay_window"))), "ROW_DIFFERS", t.config, 0],
  "a rule that is none": [flip(at(t.config, utf8("evm_fork"))), "ROW_UNREADABLE", t.config],
  "a height of a writer": [flip(at(t.config), 2, 0), "ROW_UNREADABLE", t.config],
  "a row that is short": [cut(at(t.tableAccess)), "ROW_UNREADABLE", t.tableAccess],
  code: [flip(at(t.code)), "ROW_DIFFERS", t.code],
  "no code": [drop(at(t.code)), "ROW_MISSING", ""],
  "a table of nobody": [add("u_stranger", HASH, 1, HASH), "TABLE_UNKNOWN", "u_stranger"],
});

const ofStorageState = cases({
  "a table of the other state": [add(t.trieStale, FOUR, 1, HASH), "TABLE_UNKNOWN", t.trieStale],
  "the head's root": [flip(at(t.stateRoots)), "ROOT_DIFFERS", t.stateRoots],
  "no root": [drop(at(t.stateRoots)), "ROW_MISSING", t.stateRoots],
  "another root": [add(t.stateRoots, FOUR, 0, HASH), "ROW_UNEXPECTED", t.stateRoots],
  "an account": [flip(accountRow, 0, 2), "ROOT_DIFFERS", t.preImages],
  "a slot": [flip(slotRow), "ROOT_DIFFERS", t.preImages, 7],
  "no account for slots": [
    (rows) => {
      const { table } = rows.find(slotRow)!;
      return rows.filter((row) => row.table !== table || slotRow(row));
    },
    "ROW_MISSING",
    "c_",
  ],
  "an account that nobody wrote": [
    copy(accountRow, () => ({ table: `c_${"12".repeat(20)}` })),
    "ROW_UNEXPECTED",
    `c_${"12".repeat(20)}`,
  ],
  "a pre-image": [flip(at(t.preImages, FOUR), 0, -10), "ROOT_DIFFERS", t.preImages],
  "no pre-image": [drop(at(t.preImages, FOUR)), "ROW_MISSING", t.preImages, 4],
});

const ofTrieState = cases({
  "a table of the other state": [add(t.preImages, FOUR, 1, HASH), "TABLE_UNKNOWN", t.preImages],
  "a contract table": [add(`c_${"12".repeat(20)}`, HASH, 0, HASH), "TABLE_UNKNOWN", "c_"],
  "a root": [flip(at(t.stateRoots, FOUR)), "ROOT_DIFFERS", t.stateRoots, 4],
  "no root": [drop(at(t.stateRoots, FOUR)), "ROW_MISSING", t.stateRoots, 4],
  "a node": [flip(at(t.trieNodes)), "ROW_DIFFERS", t.trieNodes],
  "a node of the head": [flipLast(at(t.trieNodes)), "ROW_DIFFERS", t.trieNodes],
  "the height of a child": [
    flipLast(({ table, fields }) => table === t.trieNodes && fields[1]!.length > 0, 1),
    "ROW_MISSING",
    t.trieNodes,
  ],
  "no node": [drop(at(t.trieNodes)), "ROW_DIFFERS", t.trieStale],
  "a node of no state": [copy(at(t.trieNodes), ({ key }) => ({ key: key.with(7, 3) })), "ROW_UNEXPECTED", t.trieNodes],
  "a list of stale nodes": [flip(at(t.trieStale, FOUR)), "ROW_UNREADABLE", t.trieStale, 4],
  "no list of stale nodes": [drop(at(t.trieStale, FOUR)), "ROW_UNEXPECTED", t.trieNodes],
});

export function faultCases(stateType: StateType): readonly FaultCase[] {
  return [...ofBlocks, ...ofTables, ...(stateType === "storage" ? ofStorageState : ofTrieState)];
}
