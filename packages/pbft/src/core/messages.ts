import type { Executed, Proposal } from "@fb/consensus/core";
import type { Height, Hex, SealerSignature } from "@fb/types";

/** What a Sign or Commit covers: `hash` is that of the executed header. */
export interface Vote {
  readonly height: Height;
  readonly view: number;
  readonly hash: Hex;
}

/** Sign votes of n - f distinct sealers, ascending: nothing else can have been decided in this view or before it. */
export interface LockCert extends Vote {
  readonly signs: readonly SealerSignature[];
}

export type PbftMsg<P> =
  | {
      readonly type: "prepare";
      readonly height: Height;
      readonly view: number;
      readonly proposal: Proposal<P>;
      /** Why a block of an earlier view is proposed again; null for a fresh one. */
      readonly justify: LockCert | null;
    }
  | ({ readonly type: "sign" } & Vote)
  | ({ readonly type: "commit" } & Vote)
  | { readonly type: "viewChange"; readonly height: Height; readonly view: number; readonly lock: LockCert | null }
  /** "I work on this height in this view; tell me what I miss." Unsigned. */
  | { readonly type: "status"; readonly height: Height; readonly view: number; readonly lacksBlock: boolean }
  /** Asks for the body behind an executed hash. Unsigned. */
  | { readonly type: "fetch"; readonly height: Height; readonly hash: Hex }
  /** Unsigned: the codec proves that `executed.hash` is the hash of this very block. */
  | { readonly type: "body"; readonly height: Height; readonly executed: Executed<P> };

/** What is known of a message before its block and its certificate are read. Every message is one. */
export type PbftHeading =
  | {
      readonly type: "prepare";
      readonly height: Height;
      readonly view: number;
      readonly proposal: { readonly id: Hex };
      readonly justify: CertHeading | null;
    }
  | ({ readonly type: "sign" | "commit" } & Vote)
  | { readonly type: "viewChange"; readonly height: Height; readonly view: number; readonly lock: CertHeading | null }
  | { readonly type: "status"; readonly height: Height; readonly view: number }
  | { readonly type: "fetch"; readonly height: Height; readonly hash: Hex }
  | { readonly type: "body"; readonly height: Height; readonly executed: { readonly hash: Hex } };

/** What a certificate claims; nothing of it is proven. */
type CertHeading = Pick<LockCert, "view" | "hash">;

export type PrepareMsg<P> = Extract<PbftMsg<P>, { type: "prepare" }>;
export type VoteMsg<P> = Extract<PbftMsg<P>, { type: "sign" | "commit" }>;
export type ViewChangeMsg<P> = Extract<PbftMsg<P>, { type: "viewChange" }>;

/** What must survive a crash. */
export type PbftRecord<P> =
  | { readonly type: "proposed"; readonly height: Height; readonly view: number; readonly id: Hex }
  /** `executed` is null when an earlier record of this height holds the body of `hash`. */
  | {
      readonly type: "signed";
      readonly height: Height;
      readonly view: number;
      readonly hash: Hex;
      readonly executed: Executed<P> | null;
    }
  /** A lock taken or adopted; a Commit for exactly this vote may have left. */
  | { readonly type: "locked"; readonly height: Height; readonly cert: LockCert }
  /** The highest view we asked for. */
  | { readonly type: "view"; readonly height: Height; readonly view: number };

export type VoteKind = "sign" | "commit";
