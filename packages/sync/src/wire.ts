import { defineWire } from "@fb/runtime";

/** Number of this protocol; told in every status (SPEC 1.3). */
export const PROTOCOL = 2;

/** Blocks in one answer at most (SPEC 1.2). */
export const MAX_ANSWERED_BLOCKS = 1_024;
/** Transactions in one message at most (SPEC 1.2). */
export const MAX_SENT_TXS = 16_384;
/** Bytes of one message about transactions at most (SPEC 1.2). */
export const MAX_TXS_MESSAGE_BYTES = 4 * 1024 * 1024;
/** Hashes in one announcement or request at most (SPEC 1.2). */
export const MAX_ANNOUNCED_HASHES = 4_096;
/** Members named in one links message at most (SPEC 1.4). */
export const MAX_LINKS = 1_024;
/** Of a member in a links message: the beginning of its id. */
export const LINK_BYTES = 8;
/** Of a hash. */
export const HASH_BYTES = 32;

export interface StatusMessage {
  readonly protocol: number;
  readonly genesis_hash: Uint8Array;
  readonly height: number;
  readonly head_hash: Uint8Array;
  readonly rules_version: number;
  /** From this block on the sender serves blocks; 0 or absent = from the first. */
  readonly lowest_block?: number;
}

export interface BlockRequestMessage {
  readonly id: number;
  readonly from: number;
  readonly count: number;
  readonly max_bytes: number;
}

export interface BlockItem {
  readonly block: Uint8Array;
  readonly certificate: Uint8Array;
}

export interface BlockResponseMessage {
  readonly id: number;
  /** Bytes of {@link BlockItems}, decoded only when the id was asked for. */
  readonly items: Uint8Array;
  /** As in a status, when the answer was made. */
  readonly lowest_block?: number;
}

export interface BlockItems {
  readonly items: readonly BlockItem[];
}

/** Module `sync`: exactly one field is present. */
export interface SyncMessage {
  readonly status?: StatusMessage | null;
  readonly block_request?: BlockRequestMessage | null;
  readonly block_response?: BlockResponseMessage | null;
}

export interface TxRequestMessage {
  readonly id: number;
  /** 32 bytes each. */
  readonly hashes: Uint8Array;
}

export interface TxResponseMessage {
  readonly id: number;
  /** Bytes of {@link TxList}, decoded only when the id was asked for. */
  readonly txs: Uint8Array;
}

export interface TxList {
  readonly txs: readonly Uint8Array[];
}

export interface LinksMessage {
  /** The first {@link LINK_BYTES} of the id of each member the sender is connected to. */
  readonly members: Uint8Array;
}

/** Module `txs`: exactly one field is present. */
export interface TxsMessage {
  readonly batch?: TxList | null;
  readonly announce?: { readonly hashes: Uint8Array } | null;
  readonly request?: TxRequestMessage | null;
  readonly response?: TxResponseMessage | null;
  readonly links?: LinksMessage | null;
}

const PROTO = `
message Status {
  uint32 protocol = 1;
  bytes genesis_hash = 2;
  uint64 height = 3;
  bytes head_hash = 4;
  uint32 rules_version = 5;
  uint64 lowest_block = 6;
}
message BlockRequest {
  uint64 id = 1;
  uint64 from = 2;
  uint32 count = 3;
  uint64 max_bytes = 4;
}
message BlockItem {
  bytes block = 1;
  bytes certificate = 2;
}
message BlockItems {
  repeated BlockItem items = 1 [(max_count) = ${MAX_ANSWERED_BLOCKS}];
}
message BlockResponse {
  reserved 2;
  uint64 id = 1;
  bytes items = 3;
  uint64 lowest_block = 4;
}
message SyncMessage {
  oneof body {
    Status status = 1;
    BlockRequest block_request = 2;
    BlockResponse block_response = 3;
  }
}
message TxList {
  repeated bytes txs = 1 [(max_count) = ${MAX_SENT_TXS}];
}
message TxAnnounce {
  bytes hashes = 1;
}
message TxRequest {
  uint64 id = 1;
  bytes hashes = 2;
}
message TxResponse {
  reserved 2;
  uint64 id = 1;
  bytes txs = 3;
}
message Links {
  bytes members = 1;
}
message TxsMessage {
  oneof body {
    TxList batch = 1;
    TxAnnounce announce = 2;
    TxRequest request = 3;
    TxResponse response = 4;
    Links links = 5;
  }
}
`;

/** The field that tells the lowest block, which is left out when all are kept. */
export const lowestField = (lowest: number): { readonly lowest_block?: number } =>
  lowest === 0 ? {} : { lowest_block: lowest };

/** A message of the module that begins as a status does; longer ones are none. */
export const isStatus = (payload: Uint8Array): boolean => payload[0] === 0x0a && payload.length <= 1_024;

export const wire = /* @__PURE__ */ defineWire<{
  SyncMessage: SyncMessage;
  BlockItems: BlockItems;
  TxsMessage: TxsMessage;
  TxList: TxList;
}>(PROTO);
