import { Agent, request } from "node:http";
import { type Choice, choices } from "@fb/runtime/testing";
import { type Known, soundRequest } from "./rpc-grammar.ts";
import { mutatedBytes, mutatedText } from "./rpc-mutator.ts";

const LANES = 16;
const SHOWN = 400;
const INTERNAL = -32_603;
/** JSON-RPC has errors of its own; these are for what is no request of it. */
const STATUSES = new Set([200, 204, 400, 403, 404, 405, 413, 415, 417, 429, 431, 501, 503]);
const PATHS = [
  "/",
  "/group/01",
  "/group/1e0",
  "/group/999",
  "/group/%00",
  "/group/1/",
  "/group/1?x=1",
  "/group/../metrics",
  "//",
];
const TYPES = [
  "application/json; charset=utf-8",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "",
];

export interface FuzzRpcOptions {
  /** Where the listener is, without a path. */
  readonly url: string;
  readonly count: number;
  readonly seed: number;
  readonly known: Known;
  readonly signal?: AbortSignal;
}

export interface FuzzReport {
  readonly sent: number;
  /** By HTTP status, outcome of the answers, or why there was none. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Answers that must not be, with what was asked. */
  readonly faults: readonly string[];
}

interface Asked {
  readonly path: string;
  readonly method: string;
  readonly type: string;
  readonly body: Buffer;
}

/** Sends changed requests over HTTP and WebSocket, and looks whether every answer is one. */
export async function fuzzRpc({ url, count, seed, known, signal }: FuzzRpcOptions): Promise<FuzzReport> {
  const outcomes: Record<string, number> = {};
  const faults: string[] = [];
  let sent = 0;
  const note = (what: string) => {
    outcomes[what] = (outcomes[what] ?? 0) + 1;
  };
  const fault = (what: string, asked: Buffer) => {
    note(what);
    if (faults.length < 20) faults.push(`${what}: ${asked.subarray(0, SHOWN).toString()}`);
  };
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const lane = async (index: number) => {
    const choice = choices(seed * 1_000 + index);
    while (sent < count && signal?.aborted !== true) {
      if (choice.once(50)) {
        const some = Array.from({ length: Math.min(40, count - sent) }, () => bodyOf(choice, known));
        sent += some.length;
        await askSocket(url, some, note, fault);
        continue;
      }
      sent++;
      const asked: Asked = {
        path: choice.once(20) ? choice.of(PATHS) : `/group/${choice.of(known.groups)}`,
        method: choice.once(60) ? choice.of(["GET", "PUT", "OPTIONS", "DELETE", "PATCH"]) : "POST",
        type: choice.once(40) ? choice.of(TYPES) : "application/json",
        body: bodyOf(choice, known),
      };
      const answer = await ask(url, asked, agent).catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
      if (typeof answer === "string") note(answer);
      else if (!STATUSES.has(answer.status)) fault(`status ${answer.status}`, asked.body);
      else judge(answer, asked, note, fault);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index)));
  agent.destroy();
  return { sent, outcomes, faults };
}

function bodyOf(choice: Choice, known: Known): Buffer {
  const one = () => {
    const sound = soundRequest(choice, known);
    return choice.once(8) ? JSON.stringify(sound) : mutatedText(sound, choice);
  };
  const text = choice.once(10)
    ? `[${Array.from({ length: choice.below(12) }, () => (choice.once(20) ? "[]" : one())).join(",")}]`
    : one();
  return mutatedBytes(text, choice);
}

function ask(
  url: string,
  { path, method, type, body }: Asked,
  agent: Agent,
): Promise<{ status: number; text: string }> {
  const target = new URL(url);
  return new Promise((resolve, reject) => {
    const headers = { "content-length": body.length, ...(type === "" ? {} : { "content-type": type }) };
    const call = request(
      { host: target.hostname, port: target.port, path, method, headers, agent, timeout: 20_000 },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
      },
    );
    call.on("timeout", () => call.destroy(new RangeError("no answer")));
    call.on("error", reject);
    call.end(body);
  });
}

type Note = (what: string) => void;
type Fault = (what: string, asked: Buffer) => void;

function judge({ status, text }: { status: number; text: string }, asked: Asked, note: Note, fault: Fault): void {
  note(`status ${status}`);
  if (asked.method !== "POST" || status === 204 || text === "") return;
  judgeText(text, asked.body, note, fault);
}

function judgeText(text: string, asked: Buffer, note: Note, fault: Fault): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    fault("an answer that is no JSON", asked);
    return;
  }
  for (const answer of Array.isArray(value) ? value : [value]) {
    const { jsonrpc, result, error, method } = (answer ?? {}) as Record<string, unknown>;
    // What a subscription tells.
    if (method !== undefined) continue;
    // Paths that are no endpoint.
    if (typeof error === "string") continue;
    if (jsonrpc !== "2.0" || (result === undefined) === (error === undefined))
      fault("an answer that is none of JSON-RPC", asked);
    else if ((error as { code?: number } | undefined)?.code === INTERNAL) fault("an internal error", asked);
    else note(error === undefined ? "result" : "error");
  }
}

/** One WebSocket for some bodies; a body that is no text goes as binary. */
async function askSocket(url: string, bodies: readonly Buffer[], note: Note, fault: Fault): Promise<void> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/group/1`);
  socket.binaryType = "arraybuffer";
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.close(), 2_000);
    let left = bodies.length;
    socket.addEventListener("open", () => {
      for (const body of bodies) {
        const text = body.toString();
        socket.send(Buffer.from(text).equals(body) ? text : new Uint8Array(body));
      }
    });
    socket.addEventListener("message", ({ data }) => {
      note("socket message");
      judgeText(String(data), bodies[0]!, note, fault);
      if (--left === 0) socket.close();
    });
    socket.addEventListener("error", () => note("socket error"));
    socket.addEventListener("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
