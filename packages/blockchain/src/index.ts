export type {
  BlockCommitted,
  Blockchain,
  EncodedBlock,
  FoundLog,
  InclusionProof,
  LogQuery,
  LogResult,
  StoredBlock,
  StoredHeader,
  StoredReceipt,
  StoredTransaction,
  Totals,
  TransactionPlace,
} from "./api.ts";
export type { ChainConfig, ConfigRow } from "./chain-config.ts";
export type { ExecutedBlock } from "./ports.ts";
