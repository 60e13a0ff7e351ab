import type { MethodTable, RpcMethod } from "../method.ts";
import { ethBlockMethods } from "./eth-blocks.ts";
import { ethFeeMethods } from "./eth-fees.ts";
import { ethFilterMethods } from "./eth-filters.ts";
import { ethNodeMethods } from "./eth-node.ts";
import { ethStateMethods } from "./eth-state.ts";
import { ethSubmitMethods } from "./eth-submit.ts";
import { fiscoMethods } from "./fisco.ts";
import { fiscoStatusMethods } from "./fisco-status.ts";
import { inPiecesMethods } from "./in-pieces.ts";
import { nodeGroupMethods } from "./node-groups.ts";

const TABLES: readonly MethodTable[] = [
  ethNodeMethods,
  ethBlockMethods,
  ethStateMethods,
  ethFeeMethods,
  ethFilterMethods,
  ethSubmitMethods,
  fiscoMethods,
  fiscoStatusMethods,
  nodeGroupMethods,
  inPiecesMethods,
];

/** Every method by name; a map, because a client chooses the names it asks for. */
export function methodTable(): ReadonlyMap<string, RpcMethod> {
  return new Map(TABLES.flatMap((table) => Object.entries(table)));
}
