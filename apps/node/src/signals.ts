import { constants } from "node:os";

export interface SignalActions {
  /** Asked to end. */
  stop(signal: NodeJS.Signals): void;
  /** Asked to end again. */
  stopAtOnce(): void;
  /** The files of the node changed. */
  reload(): void;
  /** The log file was renamed. */
  reopenLog(): void;
}

/** Also what a resource limit, a failing power supply or the terminal's quit key say. */
const STOP = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGPWR", "SIGXCPU"] as const;
/**
 * Would end a process that does not ask for them, in the middle of its work. SIGUSR1 would open Node's inspector, to
 * which whoever connects owns the process; a listener replaces that.
 */
const IGNORED = ["SIGUSR1", "SIGALRM", "SIGVTALRM", "SIGPIPE", "SIGIO", "SIGXFSZ", "SIGSTKFLT"] as const;

/** From now on nothing but SIGKILL and faults of the process itself ends it without a word. */
export function onSignals(actions: SignalActions): void {
  let stops = 0;
  const stop = (signal: NodeJS.Signals) => (++stops === 1 ? actions.stop(signal) : actions.stopAtOnce());
  const ignore = () => {};
  for (const signal of STOP) listen(signal, stop);
  for (const signal of IGNORED) listen(signal, ignore);
  // There it means that the console was closed, and the system ends the process whatever it answers.
  listen("SIGHUP", process.platform === "win32" ? stop : () => actions.reload());
  listen("SIGUSR2", () => actions.reopenLog());
}

function listen(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
  if (signal in constants.signals) process.on(signal, listener);
}
