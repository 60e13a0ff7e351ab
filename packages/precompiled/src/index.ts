export { type AbiType, type AbiValue, decodeArguments, decodeError, encodeError, encodeValues } from "./abi.ts";
export { isConfigValue } from "./config-keys.ts";
export { SYSTEM_GAS } from "./gas.ts";
export { MEMBER_ROWS, MEMBER_TABLE, readMembers } from "./members.ts";
export type { SystemCallContext, SystemContracts, SystemTables } from "./ports.ts";
export { createSystemContracts, OBJECT_ABI, SYSTEM_ABI, SYSTEM_CODE } from "./system-contracts.ts";
export type { SystemObjects } from "./tables/index.ts";
