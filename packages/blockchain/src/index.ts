export type {
  BlockCommitted,
  Blockchain,
  EncodedBlock,
  FoundLog,
  FoundLogs,
  LogLimits,
  LogPosition,
  LogQuery,
  StoredBlock,
  StoredHeader,
  StoredReceipt,
  StoredTransaction,
  Totals,
  TransactionPlace,
  TransactionProof,
} from "./api.ts";
export { type ChainConfig, ConfigHistory, type ConfigRow } from "./chain-config.ts";
export type { BlockchainErrorCode } from "./errors.ts";
export { buildGenesis, type GenesisBlock } from "./genesis.ts";
export { checkStoredGenesis, openBlockchain } from "./open.ts";
export type { BlockchainOptions } from "./options.ts";
export { unpackList } from "./packed-list.ts";
export type { BlockchainDeps, ExecutedBlock, TableFollower } from "./ports.ts";
export { addBlockRows, type BlockRows, STATE_KEYS } from "./rows.ts";
