import type { MethodTable, RpcMethod } from "../method.ts";
import { operatorMethods, refusedOperatorMethods } from "../operator-methods.ts";
import { ethBlockMethods } from "./eth-blocks.ts";
import { ethFeeMethods } from "./eth-fees.ts";
import { ethFilterMethods } from "./eth-filters.ts";
import { ethNodeMethods } from "./eth-node.ts";
import { ethStateMethods } from "./eth-state.ts";
import { ethSubmitMethods } from "./eth-submit.ts";
import { fiscoMethods } from "./fisco.ts";
import { fiscoStatusMethods } from "./fisco-status.ts";
import { inPiecesMethods } from "./in-pieces.ts";

const TABLES: readonly MethodTable[] = [
  ethNodeMethods,
  ethBlockMethods,
  ethStateMethods,
  ethFeeMethods,
  ethFilterMethods,
  ethSubmitMethods,
  fiscoMethods,
  fiscoStatusMethods,
  inPiecesMethods,
];

/**
 * Every method by name; a map, because a client chooses the names it asks for.
 *
 * @param operator whether those that tell of the node as a whole are answered, or refused with OPERATOR_ONLY
 */
export function methodTable(operator: boolean): ReadonlyMap<string, RpcMethod> {
  const tables = [...TABLES, operator ? operatorMethods : refusedOperatorMethods];
  return new Map(tables.flatMap((table) => Object.entries(table)));
}
