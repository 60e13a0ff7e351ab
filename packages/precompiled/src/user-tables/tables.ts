import {
  defineUserTable,
  isUserTableName,
  TABLES,
  type TableNameCode,
  type TableSchema,
  userTableName,
} from "@fb/storage-amdb";
import { PRECOMPILED_CODES, type PrecompiledCode } from "@fb/types";
import { mayWrite } from "../access.ts";
import type { Steps } from "../definition.ts";
import { SYSTEM_GAS } from "../gas.ts";
import type { SystemSession } from "../session.ts";

/** Characters of the names of value fields, blanks included: what is longer is not taken apart. */
const MAX_FIELDS_TEXT = 4_096;

const CODES: Readonly<Record<TableNameCode, PrecompiledCode>> = {
  NAME_LENGTH: PRECOMPILED_CODES.tableNameTooLong,
  FIELD_LENGTH: PRECOMPILED_CODES.fieldNameTooLong,
  FIELDS_LENGTH: PRECOMPILED_CODES.tooManyFields,
  FIELDS_COUNT: PRECOMPILED_CODES.tooManyFields,
  FIELD_DUPLICATE: PRECOMPILED_CODES.fieldTwice,
  CHARACTER: PRECOMPILED_CODES.badFieldName,
};

/** A user table as a contract asks for it. */
interface TableRequest {
  readonly name: string;
  readonly keyField: string;
  /** Names with commas between; blanks around them do not count. */
  readonly valueFields: string;
  /** At most one row a key. */
  readonly keyUnique: boolean;
}

/** Creates a user table (SPEC 10.1). Returns 0 or a code. */
export function* createTable(session: SystemSession, request: TableRequest): Steps<bigint> {
  if (request.valueFields.length > MAX_FIELDS_TEXT) return PRECOMPILED_CODES.tooManyFields;
  const valueFields = request.valueFields.split(",").map((field) => field.trim());
  const defined = defineUserTable(request.name, request.keyField.trim(), valueFields, request.keyUnique);
  if (!defined.ok) return CODES[defined.code];
  if (!(yield* mayWrite(session, TABLES.tables))) return PRECOMPILED_CODES.permissionDenied;
  if ((yield* openTable(session, request.name)) !== null) return PRECOMPILED_CODES.tableExists;
  const { schema } = defined;
  session.gas.charge(SYSTEM_GAS.table);
  session.insert(TABLES.tables, schema.name, {
    key_field: schema.keyField,
    value_field: valueFields.join(","),
    key_unique: schema.keyUnique ? "1" : "0",
  });
  session.emit({
    signature: "TableCreated(address,string,string,string,bool)",
    indexed: [session.caller],
    types: ["string", "string", "string", "bool"],
    values: [schema.name, schema.keyField, valueFields.join(","), schema.keyUnique],
  });
  return 0n;
}

/** The schema of a user table by the name contracts give it, in any case; null when there is none. */
export function* openTable(session: SystemSession, name: string): Steps<TableSchema | null> {
  if (!isUserTableName(name)) return null;
  const stored = userTableName(name);
  yield* session.read(TABLES.tables, new TextEncoder().encode(stored));
  return session.tables.schema(stored) ?? null;
}
