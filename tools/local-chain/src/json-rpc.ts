import type { RpcAnswer, RpcMethodName, RpcParams } from "@fb/api";
import { FbError } from "@fb/types";

/** RPC_FAILED: the node answered with an error; the message is the node's. */
export type JsonRpcErrorCode = "RPC_FAILED";

/** One JSON-RPC call. Rejects with the node's error or with fetch's when it is not reachable. */
export async function rpcCall<Name extends RpcMethodName>(
  url: string,
  method: Name,
  params?: RpcParams<Name>,
  timeoutMs = 10_000,
): Promise<RpcAnswer<Name>> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: params ?? [] }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer = (await response.json()) as {
    result: RpcAnswer<Name>;
    error?: { code: number; message: string };
  };
  if (answer.error !== undefined)
    throw new FbError<JsonRpcErrorCode>("RPC_FAILED", `${method}: ${answer.error.message}`, {
      rpcCode: answer.error.code,
    });
  return answer.result;
}
