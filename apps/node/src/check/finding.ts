/** One thing that was looked at, for the operator. */
export interface Finding {
  /** `warn`: the node can run. `fault`: it cannot, or must not. */
  readonly state: "ok" | "warn" | "fault";
  /** A file, a port, a group. */
  readonly subject: string;
  readonly text: string;
  /** What to do; for a fault and a warning. */
  readonly remedy?: string;
}

export const ok = (subject: string, text: string): Finding => ({ state: "ok", subject, text });
export const warn = (subject: string, text: string, remedy: string): Finding => ({
  state: "warn",
  subject,
  text,
  remedy,
});
export const fault = (subject: string, text: string, remedy: string): Finding => ({
  state: "fault",
  subject,
  text,
  remedy,
});

export function renderFinding({ state, subject, text, remedy }: Finding): string {
  const line = `${state.padEnd(5)} ${subject}: ${text}`;
  return remedy === undefined ? line : `${line}\n      -> ${remedy}`;
}
