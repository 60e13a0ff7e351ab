import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Address, type EvmMessage, fromHex, toHex } from "@fb/types";

/** Ticks of /proc/<pid>/stat: USER_HZ is 100 on every Linux that anvil is built for. */
const US_PER_TICK = 10_000;

/** revm behind JSON-RPC. */
export interface Anvil {
  setCode(address: Address, code: Uint8Array): Promise<void>;
  /** CPU time of anvil per eth_call in microseconds, of as many calls as fit into `budgetMs`, and what they returned. */
  time(message: EvmMessage, budgetMs: number): Promise<{ us: number; output: Uint8Array }>;
  close(): void;
}

/** Starts the binary at a free port. Linux only: CPU time comes from /proc. */
export async function startAnvil(binary: string): Promise<Anvil> {
  const flags = ["--port", "0", "--hardfork", "cancun", "--accounts", "1", "--no-mining", "--disable-block-gas-limit"];
  const child = spawn(binary, flags, { stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => child.kill());
  const url = await new Promise<string>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => reject(new RangeError(`anvil ended with ${code}`)));
    // Its log is read to the end, or the pipe would fill up.
    createInterface({ input: child.stdout }).on("line", (line) => {
      const listening = /Listening on (\S+)/.exec(line);
      if (listening !== null) resolve(`http://${listening[1]}`);
    });
  });

  async function request(method: string, params: readonly unknown[]): Promise<string> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const answer = (await response.json()) as { result?: string; error?: { message: string } };
    if (answer.error !== undefined) throw new RangeError(`anvil: ${answer.error.message}`);
    return answer.result ?? "";
  }

  function cpuUs(): number {
    // Fields 14 and 15, user and system time; the name in field 2 may hold spaces.
    const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
  }

  return {
    async setCode(address, code) {
      await request("anvil_setCode", [`0x${toHex(address)}`, `0x${toHex(code)}`]);
    },
    async time({ caller, to, data, gas }, budgetMs) {
      const call = {
        from: `0x${toHex(caller)}`,
        to: `0x${toHex(to!)}`,
        data: `0x${toHex(data)}`,
        gas: `0x${gas.toString(16)}`,
      };
      let output = "";
      let runs = 0;
      const before = cpuUs();
      const started = performance.now();
      while (performance.now() - started < budgetMs) {
        output = await request("eth_call", [call, "latest"]);
        runs++;
      }
      return { us: (cpuUs() - before) / runs, output: fromHex(output)! };
    },
    close() {
      child.removeAllListeners("exit");
      child.kill();
    },
  };
}
