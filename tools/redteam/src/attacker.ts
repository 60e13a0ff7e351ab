import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { FbError } from "@fb/types";
import type { Scene } from "./attack.ts";
import type { AttackerReport, FromAttacker, ToAttacker } from "./attacker-protocol.ts";
import type { RedteamErrorCode } from "./errors.ts";

const PREPARE_MS = 120_000;
const STOP_MS = 10_000;

/** An attacker in a process of its own, ready to begin. */
export interface Attacker {
  /** Resolves when the attack has ended by itself. */
  go(): Promise<void>;
  /** Ends the attack and tells what it did. */
  stop(): Promise<AttackerReport>;
  /** Ends the process, whatever it does. */
  kill(): Promise<void>;
}

export async function createAttacker(attack: string, scene: Scene): Promise<Attacker> {
  const child = fork(fileURLToPath(new URL("./attacker-process.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const tell = (message: ToAttacker) => child.send(message);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  try {
    const ready = hear(child, (message) => (message === "ready" ? true : null), PREPARE_MS);
    tell({ prepare: { attack, scene } });
    await ready;
  } catch (error) {
    await kill();
    throw error;
  }
  let done: Promise<AttackerReport>;
  return {
    async go() {
      done = hear(child, (message) => (typeof message === "object" && "done" in message ? message.done : null), null);
      tell("go");
      // What failed is told by stop().
      await done.catch(() => {});
    },
    async stop() {
      const giveUp = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      if (child.connected) tell("stop");
      try {
        return await done;
      } finally {
        clearTimeout(giveUp);
        await kill();
      }
    },
    kill,
  };
}

/** The first message that `read` takes. Rejects when the process fails, ends, or says nothing in time. */
function hear<T>(child: ChildProcess, read: (message: FromAttacker) => T | null, timeoutMs: number | null): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (act: () => void) => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      clearTimeout(timer);
      act();
    };
    const failed = (why: string) => reject(new FbError<RedteamErrorCode>("ATTACKER_FAILED", `the attacker ${why}`));
    const onMessage = (message: unknown) => {
      const told = message as FromAttacker;
      if (typeof told === "object" && "failed" in told) return end(() => failed(`failed: ${told.failed}`));
      const value = read(told);
      if (value !== null) end(() => resolve(value));
    };
    const onExit = (code: number | null, signal: string | null) =>
      end(() => failed(`ended by itself (${signal ?? code})`));
    const timer =
      timeoutMs === null ? undefined : setTimeout(() => end(() => failed("is not ready in time")), timeoutMs);
    child.on("message", onMessage);
    child.on("exit", onExit);
  });
}
