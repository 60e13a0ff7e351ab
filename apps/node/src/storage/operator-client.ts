import type { RpcAnswer, RpcMethodName, RpcParams } from "@fb/api";
import type { NodeConfig } from "@fb/config";
import { FbError } from "@fb/types";

/** Begins with what the node answers, whatever a group does meanwhile. */
const TIMEOUT_MS = 10_000;

/** NODE_UNREACHABLE: nobody answers as the operator's listener of the node; the message says where. */
export type OperatorClientErrorCode = "NODE_UNREACHABLE";

/** Where the operator's listener of a node is asked on this machine; null = it has none. */
export function operatorUrl({ operator: { listenIp, listenPort } }: NodeConfig): string | null {
  if (listenPort === 0) return null;
  const host = listenIp === "0.0.0.0" ? "127.0.0.1" : listenIp === "::" ? "::1" : listenIp;
  return `http://${host.includes(":") ? `[${host}]` : host}:${listenPort}`;
}

/** One call. Rejects with the code and the message of the node's error, and with NODE_UNREACHABLE. */
export async function askOperator<Name extends RpcMethodName>(
  url: string,
  method: Name,
  ...params: RpcParams<Name>
): Promise<RpcAnswer<Name>> {
  const answer = (await post(url, JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }))) as {
    readonly result: RpcAnswer<Name>;
    readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly code?: string } };
  };
  const { error, result } = answer;
  if (error !== undefined)
    throw new FbError(error.data?.code ?? "NODE_REFUSED", error.message, { rpcCode: error.code });
  return result;
}

async function post(url: string, body: string): Promise<unknown> {
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return await response.json();
  } catch (cause) {
    const message = `no node answers at ${url} ([operator] in config.ini)`;
    throw new FbError<OperatorClientErrorCode>("NODE_UNREACHABLE", message, { url }, cause);
  }
}
