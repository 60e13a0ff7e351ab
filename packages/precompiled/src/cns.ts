import { TABLE_LIMITS, TABLES } from "@fb/storage-amdb";
import { fromHex, PRECOMPILED_CODES } from "@fb/types";
import type { AbiValue } from "./abi.ts";
import { accountText, mayWrite } from "./access.ts";
import type { Steps, SystemContract } from "./definition.ts";
import { SYSTEM_GAS } from "./gas.ts";
import { parseAddress } from "./permission.ts";
import type { SystemSession, TextRow } from "./session.ts";
import { refuse } from "./stop.ts";

const MAX_VERSION_BYTES = 128;
/** Of one name, whose entries are read together. */
const MAX_ENTRIES = 4_096;
const MAX_NAME_BYTES = 8 * 1024 * 1024;
const NO_ADDRESS = new Uint8Array(20);
const utf8 = new TextEncoder();

/** CNS (0x1004): contract addresses and ABIs by name and version. */
export const cnsContract: SystemContract = {
  address: "0000000000000000000000000000000000001004",
  functions: [
    {
      name: "insert",
      inputs: ["string", "string", "string", "string"],
      outputs: ["int256"],
      writes: true,
      *run(session, args) {
        const [name, version, address, abi] = args as readonly string[];
        return [yield* register(session, name!, version!, address!, abi!)];
      },
    },
    {
      // JSON: [{"name","version","address","abi"}] in order of registration.
      name: "selectByName",
      inputs: ["string"],
      outputs: ["string"],
      writes: false,
      *run(session, [name]) {
        return [asJson(session, name as string, yield* entries(session, name as string))];
      },
    },
    {
      name: "selectByNameAndVersion",
      inputs: ["string", "string"],
      outputs: ["string"],
      writes: false,
      *run(session, [name, version]) {
        const found = (yield* entries(session, name as string)).filter((row) => row["version"] === version);
        return [asJson(session, name as string, found)];
      },
    },
    {
      // The zero address when nothing is registered.
      name: "getContractAddress",
      inputs: ["string", "string"],
      outputs: ["address"],
      writes: false,
      *run(session, [name, version]) {
        const found = (yield* entries(session, name as string)).find((row) => row["version"] === version);
        return [found === undefined ? NO_ADDRESS : fromHex(found["address"]!)!];
      },
    },
  ],
};

function* register(
  session: SystemSession,
  name: string,
  version: string,
  address: string,
  abi: string,
): Steps<AbiValue> {
  if (utf8.encode(version).length > MAX_VERSION_BYTES) return PRECOMPILED_CODES.versionTooLong;
  const contract = parseAddress(address);
  if (contract === null) return PRECOMPILED_CODES.badAddress;
  if (!fits(name)) refuse(`a name has at most ${TABLE_LIMITS.maxKeyBytes} bytes`);
  if (utf8.encode(abi).length > TABLE_LIMITS.maxFieldBytes) refuse("the ABI is too long");
  if (!(yield* mayWrite(session, TABLES.cns))) return PRECOMPILED_CODES.permissionDenied;
  const rows = yield* session.rows(TABLES.cns, name);
  if (rows.some((row) => row["version"] === version)) return PRECOMPILED_CODES.nameAndVersionExist;
  const row = { version, address: accountText(contract), abi };
  if (rows.length >= MAX_ENTRIES) refuse(`a name has at most ${MAX_ENTRIES} entries`);
  if (bytesOf([...rows, row]) > MAX_NAME_BYTES) refuse(`the entries of a name have at most ${MAX_NAME_BYTES} bytes`);
  session.insert(TABLES.cns, name, row);
  session.emit({
    signature: "NameRegistered(address,address,string,string)",
    indexed: [session.caller, contract],
    types: ["string", "string"],
    values: [name, version],
  });
  return 1n;
}

function* entries(session: SystemSession, name: string): Steps<readonly TextRow[]> {
  return fits(name) ? yield* session.rows(TABLES.cns, name) : [];
}

function fits(name: string): boolean {
  return utf8.encode(name).length <= TABLE_LIMITS.maxKeyBytes;
}

function asJson(session: SystemSession, name: string, rows: readonly TextRow[]): string {
  session.gas.charge(SYSTEM_GAS.json * BigInt(rows.length * utf8.encode(name).length + bytesOf(rows)));
  return JSON.stringify(
    rows.map((row) => ({ name, version: row["version"], address: row["address"], abi: row["abi"] })),
  );
}

/** Of versions, addresses and ABIs. */
function bytesOf(rows: readonly TextRow[]): number {
  let bytes = 0;
  for (const row of rows) for (const value of Object.values(row)) bytes += utf8.encode(value).length;
  return bytes;
}
