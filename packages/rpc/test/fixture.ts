import { readFileSync } from "node:fs";
import { type SoloGroup, type SoloGroupOptions, startSoloGroup } from "@fb/ledger/testing";
import { fromHex } from "@fb/types";
import { Wallet } from "ethers";
import type { RpcServerOptions } from "../src/index.ts";
import { startTestServer, type TestServer } from "../src/testing/index.ts";

/** A funded account of every test group. */
export const KEY = `0x${"1".repeat(64)}`;
export const ACCOUNT = new Wallet(KEY).address;

export const COUNTER = JSON.parse(readFileSync(new URL("../testdata/Counter.json", import.meta.url), "utf8")) as {
  abi: never[];
  bytecode: `0x${string}`;
};

export function startGroup(groupId: number, options: Partial<SoloGroupOptions> = {}): Promise<SoloGroup> {
  const alloc = [{ address: fromHex(ACCOUNT)!, balance: 10n ** 24n }];
  return startSoloGroup({ groupId, alloc, ...options });
}

/** A node with group 1, closed by the caller. */
export async function startNode(
  options: Partial<RpcServerOptions> = {},
  of: Partial<SoloGroupOptions> = {},
): Promise<TestServer & { group: SoloGroup }> {
  const group = await startGroup(1, of);
  try {
    return { ...(await startTestServer([group], options)), group };
  } catch (error) {
    await group.close();
    throw error;
  }
}

export async function post(url: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: "POST",
    body: body as NonNullable<RequestInit["body"]>,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** An answer as a client sees it; tests look at what they expect. */
export interface Answer {
  readonly jsonrpc: string;
  readonly id: unknown;
  readonly result?: never;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export async function postJson<T = Answer>(url: string, body: string | Uint8Array): Promise<T> {
  return (await (await post(url, body)).json()) as T;
}

let nextId = 1;

/** The answer to one request, error or result. */
export async function rpc(url: string, method: string, params: unknown[] = []) {
  return postJson(url, JSON.stringify({ jsonrpc: "2.0", id: nextId++, method, params }));
}
