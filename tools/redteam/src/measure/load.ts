import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { FbError } from "@fb/types";
import type { RedteamErrorCode } from "../errors.ts";
import type { FromLoad, GroupSample, LoadOrder, ToLoad } from "./load-protocol.ts";

/** A steady load from another process. */
export interface Load {
  /** What each group did since the last mark. */
  mark(): Promise<readonly GroupSample[]>;
  close(): Promise<void>;
}

export async function startLoad(order: LoadOrder): Promise<Load> {
  const child = fork(fileURLToPath(new URL("./load-process.ts", import.meta.url)), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  let marks = 0;
  const mark = async () => (await ask(child, { mark: ++marks }, marks)).samples;
  await ask(child, { start: order }, 0);
  return {
    mark,
    async close() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}

function ask(child: ChildProcess, message: ToLoad, mark: number): Promise<FromLoad> {
  return new Promise((resolve, reject) => {
    const end = (act: () => void) => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      act();
    };
    const onMessage = (answer: unknown) => {
      if ((answer as FromLoad).mark === mark) end(() => resolve(answer as FromLoad));
    };
    const onExit = () =>
      end(() => reject(new FbError<RedteamErrorCode>("CHAIN_NOT_WELL", "the process of the steady load ended")));
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.send(message);
  });
}
