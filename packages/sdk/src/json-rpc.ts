import type { RpcAnswer, RpcMethodName, RpcParams } from "@fb/api";
import { FbError } from "@fb/types";
import type { SdkErrorCode } from "./errors.ts";

/** A node that works answers within this: calls end after 5 s, held submissions after 10 s at most. */
export const ANSWER_TIMEOUT_MS = 30_000;

/** Sends one JSON-RPC request and returns its result. Rejects with an FbError of a {@link SdkErrorCode}. */
export type RpcRequest = <Name extends RpcMethodName>(
  method: Name,
  params: RpcParams<Name>,
) => Promise<RpcAnswer<Name>>;

/** The endpoint of one group on a node whose base URL is `url`. */
export function groupUrl(url: string, groupId: number): string {
  return `${url.replace(/\/+$/, "")}/group/${groupId}`;
}

/** Requests to one endpoint over HTTP, one body each. */
export function jsonRpc(url: string, timeoutMs: number = ANSWER_TIMEOUT_MS): RpcRequest {
  let id = 0;
  return async <Name extends RpcMethodName>(method: Name, params: RpcParams<Name>) => {
    const answer = await exchange(url, JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params }), timeoutMs);
    if (isObject(answer) && isObject(answer["error"])) throw rpcError(method, answer["error"]);
    if (!isObject(answer) || !("result" in answer)) throw badAnswer(url);
    // A node answers as @fb/api says: this is where that is taken for granted, for all methods.
    return answer["result"] as RpcAnswer<Name>;
  };
}

async function exchange(url: string, body: string, timeoutMs: number): Promise<unknown> {
  let text: string;
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", body, headers, signal: AbortSignal.timeout(timeoutMs) });
    text = await response.text();
  } catch (cause) {
    const isLate = cause instanceof Error && cause.name === "TimeoutError";
    const message = isLate
      ? `${url} has not answered for ${timeoutMs} ms: the node hangs or has too much to do, its log may say more`
      : `nothing answers at ${url}: check that the node runs and that this is its RPC address`;
    throw new FbError<SdkErrorCode>("SDK_UNREACHABLE", message, { url }, cause);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw badAnswer(url);
  }
}

function badAnswer(url: string): FbError<SdkErrorCode> {
  return new FbError("SDK_BAD_ANSWER", `${url} does not answer as a JSON-RPC server: check the URL`, { url });
}

function rpcError(method: string, error: Record<string, unknown>): FbError<SdkErrorCode> {
  const { code, message, data } = error;
  return new FbError("SDK_RPC_ERROR", typeof message === "string" ? message : `${method} failed`, {
    method,
    rpcCode: typeof code === "number" ? code : null,
    reason: isObject(data) && typeof data["code"] === "string" ? data["code"] : null,
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
