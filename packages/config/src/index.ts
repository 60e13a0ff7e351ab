export type { ConfigErrorCode } from "./errors.ts";
export type { HostPort } from "./field.ts";
export {
  type AllocCode,
  type AllocEntry,
  type AllocSlot,
  GROUP_GENESIS,
  GROUP_OPTIONS,
  type GroupGenesis,
  type GroupOptionsFile,
} from "./group-config.ts";
export { NODE_CONFIG, type NodeConfig } from "./node-config.ts";
export {
  configError,
  configValues,
  type FileSpec,
  readConfig,
  renderConfig,
  type Values,
  type WrongValue,
} from "./schema.ts";
