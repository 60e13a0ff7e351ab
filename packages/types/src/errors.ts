/** What a faulty peer deserves: nothing, a lower score, or the end of its connection. */
export type PeerAction = "ignore" | "penalise" | "disconnect";

/** Plain data that travels with an error through logs and worker ports. */
export type ErrorFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/**
 * The one error class of the project. Every package narrows `C` to a union of its own codes, listed with who must react
 * and how; `fields` hold plain data only.
 */
export class FbError<C extends string = string> extends Error {
  readonly code: C;
  readonly fields: ErrorFields;

  constructor(code: C, message: string, fields: ErrorFields = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "FbError";
    this.code = code;
    this.fields = fields;
  }
}

/** True for an {@link FbError} with this code, also when it comes from another copy of this module. */
export function isCode<C extends string>(error: unknown, code: C): error is FbError<C> {
  return error instanceof Error && "code" in error && error.code === code;
}

/** A rule this program promised to keep is broken: a bug of ours, never the fault of a peer or client. Halts the group. */
export class InvariantError extends FbError<"INVARIANT_BROKEN"> {
  constructor(message: string, fields: ErrorFields = {}) {
    super("INVARIANT_BROKEN", message, fields);
    this.name = "InvariantError";
  }
}

export function invariant(condition: unknown, message: string, fields?: ErrorFields): asserts condition {
  if (!condition) throw new InvariantError(message, fields);
}
