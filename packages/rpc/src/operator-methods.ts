import { RPC_CODES, RpcError } from "./errors.ts";
import type { MethodTable, RpcMethod } from "./method.ts";
import { fiscoNodeMethods } from "./methods/fisco-node.ts";
import { nodeGroupMethods } from "./methods/node-groups.ts";

/** What tells of the node as a whole: its address, its peers, which groups there are. Clients of one group learn none of it. */
export const operatorMethods: MethodTable = { ...fiscoNodeMethods, ...nodeGroupMethods };

/** The same methods where clients ask: known, and refused whatever the parameters are. */
export const refusedOperatorMethods: MethodTable = Object.fromEntries(
  Object.keys(operatorMethods).map((name) => [name, refused(name)]),
);

function refused(name: string): RpcMethod {
  const message = `${name} tells of the node as a whole: ask its operator listener ([operator] in config.ini)`;
  return {
    weight: 0,
    async run() {
      throw new RpcError(RPC_CODES.refused, message, { code: "OPERATOR_ONLY" });
    },
  };
}
