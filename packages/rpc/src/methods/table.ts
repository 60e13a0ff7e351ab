import type { EthMethods, FbMethods, FiscoMethods, OperatorMethods } from "@fb/api";
import { RPC_CODES, RpcError } from "../errors.ts";
import { backupMethods } from "./backups.ts";
import { ethBlockMethods } from "./eth-blocks.ts";
import { ethFeeMethods } from "./eth-fees.ts";
import { ethFilterMethods } from "./eth-filters.ts";
import { ethNodeMethods } from "./eth-node.ts";
import { ethStateMethods } from "./eth-state.ts";
import { ethSubmitMethods } from "./eth-submit.ts";
import { fiscoMethods } from "./fisco.ts";
import { fiscoNodeMethods } from "./fisco-node.ts";
import { fiscoStatusMethods } from "./fisco-status.ts";
import { inPiecesMethods } from "./in-pieces.ts";
import type { MethodTable, RpcMethod } from "./method.ts";
import { nodeGroupMethods } from "./node-groups.ts";

/** What clients are answered. */
export const CLIENT_METHODS: MethodTable<keyof (EthMethods & FiscoMethods & FbMethods)> = {
  ...ethNodeMethods,
  ...ethBlockMethods,
  ...ethStateMethods,
  ...ethFeeMethods,
  ...ethFilterMethods,
  ...ethSubmitMethods,
  ...fiscoMethods,
  ...fiscoStatusMethods,
  ...inPiecesMethods,
};

/**
 * What tells of the node as a whole: its address, its peers, which groups there are; and what works on its disk. Clients
 * of one group learn none of it.
 */
export const OPERATOR_METHODS: MethodTable<keyof OperatorMethods> = {
  ...fiscoNodeMethods,
  ...nodeGroupMethods,
  ...backupMethods,
};

/**
 * Every method by name; a map, because a client chooses the names it asks for.
 *
 * @param operator whether those that tell of the node as a whole are answered, or refused with OPERATOR_ONLY
 */
export function methodTable(operator: boolean): ReadonlyMap<string, RpcMethod> {
  const table = new Map<string, RpcMethod>(Object.entries(CLIENT_METHODS));
  for (const [name, method] of Object.entries(OPERATOR_METHODS)) table.set(name, operator ? method : refused(name));
  return table;
}

/** Known, and refused whatever the parameters are. */
function refused(name: string): RpcMethod {
  const message = `${name} is about the node as a whole: ask its operator listener ([operator] in config.ini)`;
  return {
    about: "node",
    params: [],
    weight: 0,
    async run() {
      throw new RpcError(RPC_CODES.refused, message, { code: "OPERATOR_ONLY" });
    },
  };
}
