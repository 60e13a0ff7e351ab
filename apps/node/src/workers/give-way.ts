import { constants, setPriority } from "node:os";

/** Lets other threads go first when processors are short. Linux alone has priorities of threads; 0 is this one. */
export function giveWay(): void {
  if (process.platform === "linux") setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
}
