import type { EthMethods } from "./eth.ts";
import type { FbMethods } from "./fb.ts";
import type { FiscoMethods } from "./fisco.ts";
import type { OperatorMethods } from "./operator.ts";

/** Every method of a node by name: the JSON of its parameters and of its answer. */
export interface RpcMethods extends EthMethods, FiscoMethods, FbMethods, OperatorMethods {}

export type RpcMethodName = keyof RpcMethods;

export type RpcParams<Name extends RpcMethodName> = Parameters<RpcMethods[Name]>;

export type RpcAnswer<Name extends RpcMethodName> = ReturnType<RpcMethods[Name]>;
