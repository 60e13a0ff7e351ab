import type { BlockRef, LogFilter, LogPosition } from "@fb/api";
import type { Address, Hash, LogCriteria } from "@fb/types";
import { readCommitted } from "./block.ts";
import { Fields } from "./fields.ts";
import { INVALID, type Param, readFixed, readList, readSmall } from "./params.ts";

const MAX_FILTER_ADDRESSES = 1000;
const MAX_TOPIC_ALTERNATIVES = 1000;
const FILTER_FIELDS = ["address", "topics", "fromBlock", "toBlock", "blockHash"];

/** Which logs; the range defaults to the head alone. */
export const logFilter: Param<LogFilter> = {
  name: "filter",
  expects:
    "an object with optional fromBlock, toBlock or blockHash, address (one or a list), topics (at most 4, each null, a hash or a list of hashes)",
  read: (value) => {
    const fields = Fields.only(FILTER_FIELDS, "filter", value);
    return fields === INVALID ? INVALID : { ...readRange(fields), ...readCriteria(fields) };
  },
};

/** What a subscription to new logs looks for; a range is read and has no meaning there. */
export const logSelection: Param<LogCriteria> = {
  ...logFilter,
  expects: "an object with optional address (one or a list) and topics (at most 4, each null, a hash or a list)",
  fallback: { value: { addresses: [], topics: [] } },
};

/** Where a search goes on, as the answer before named it. */
export const logPosition: Param<LogPosition | null> = {
  name: "position",
  expects: "an object with block and logIndex as 0x quantities",
  fallback: { value: null },
  read: (value) => {
    const fields = Fields.only(["block", "logIndex"], "position", value);
    if (fields === INVALID) return INVALID;
    const block = fields.get("block", (height) => readSmall(height, Number.MAX_SAFE_INTEGER));
    const logIndex = fields.get("logIndex", (index) => readSmall(index, 0xffffffff));
    return block === null ? INVALID : { block, logIndex: logIndex ?? 0 };
  },
};

function readRange(fields: Fields): Pick<LogFilter, "from" | "to"> {
  const hash = fields.get("blockHash", (value) => readFixed(value, 32));
  const end = (field: string): BlockRef | null => fields.get(field, (value) => readCommitted(value, "filter"));
  const [from, to] = [end("fromBlock"), end("toBlock")];
  if (hash === null) return { from: from ?? "latest", to: to ?? "latest" };
  if (from !== null || to !== null) throw fields.invalid("blockHash", "excludes fromBlock and toBlock");
  return { from: hash, to: hash };
}

function readCriteria(fields: Fields): LogCriteria {
  return { addresses: fields.get("address", readAddresses) ?? [], topics: fields.get("topics", readTopics) ?? [] };
}

function readAddresses(value: unknown): Address[] | typeof INVALID {
  return readList(Array.isArray(value) ? value : [value], MAX_FILTER_ADDRESSES, (item) => readFixed(item, 20));
}

function readTopics(value: unknown): (Hash[] | null)[] | typeof INVALID {
  return readList<Hash[] | null>(value, 4, (item) => {
    if (item === null) return null;
    const alternatives = readList(Array.isArray(item) ? item : [item], MAX_TOPIC_ALTERNATIVES, readTopic);
    // A null among alternatives, or no alternative at all, means any.
    if (alternatives === INVALID) return INVALID;
    return alternatives.length === 0 || alternatives.includes(null) ? null : (alternatives as Hash[]);
  });
}

function readTopic(value: unknown): Hash | null | typeof INVALID {
  return value === null ? null : readFixed(value, 32);
}
