import type { Executed, Proposal } from "@fb/consensus/core";
import {
  fakeSignature,
  hashOf,
  isFakeSignature,
  type Knowledge,
  type Label,
  type ScriptEngine,
} from "@fb/consensus/testing";
import { byzantineQuorum, type NodeId } from "@fb/types";
import type { LockCert, PbftMsg, PbftRecord, Vote } from "../src/core/messages.ts";
import { createPbft, type PbftView } from "../src/core/pbft.ts";

type Msg = PbftMsg<Label>;
type Record = PbftRecord<Label>;

function voteText(kind: "sign" | "commit", { height, view, hash }: Vote): string {
  return `${kind} ${height}/${view} ${hash}`;
}

/** How PBFT looks to the script harness. */
export function pbftScriptEngine(): ScriptEngine<Msg, Record, PbftView> {
  return {
    create: (self, image) =>
      createPbft<Label>(
        {
          self,
          verifyVote: (kind, node, vote, signature) => isFakeSignature(node, voteText(kind, vote), signature),
        },
        image,
      ),
    quorum: byzantineQuorum,
    printMessage,
    ofConnection: ({ type }) => type === "fetch" || type === "body",
    printRecord,
    printView: (view) => {
      const lock = view.lock === null ? "" : ` lock=${view.lock.hash}@${view.lock.view}`;
      const asked = view.target > view.round ? ` asks=${view.target}` : "";
      return `${view.role} ${view.height}/${view.round}${asked}${lock}${view.timing ? " timing" : ""}`;
    },
    digests: (msg) => {
      if (msg.type === "sign" || msg.type === "commit") return [voteText(msg.type, msg)];
      if (msg.type === "prepare" || msg.type === "viewChange") return [printMessage(msg)];
      return [];
    },
    commitText: (height, round, hash) => voteText("commit", { height, view: round, hash }),
    promise: (msg) => {
      if (msg.type === "sign" || msg.type === "commit") return voteText(msg.type, msg);
      if (msg.type === "prepare") return `prepare ${msg.height}/${msg.view} ${msg.proposal.id}`;
      return msg.type === "viewChange" ? `viewChange ${msg.height}/${msg.view}` : null;
    },
    covers: (record) => {
      if (record.type === "proposed") return [`prepare ${record.height}/${record.view} ${record.id}`];
      if (record.type === "signed") return [voteText("sign", record)];
      if (record.type === "locked") return [voteText("commit", record.cert)];
      return [`viewChange ${record.height}/${record.view}`];
    },
    votes: (record) => {
      if (record.type === "proposed") return [{ slot: `prepare ${record.height}/${record.view}`, choice: record.id }];
      if (record.type === "signed") return [{ slot: `sign ${record.height}/${record.view}`, choice: record.hash }];
      // Two locks of one view would need a sealer of both quorums to have lied.
      if (record.type === "locked")
        return [{ slot: `lock ${record.height}/${record.cert.view}`, choice: record.cert.hash }];
      return [];
    },
    journalRule: lockRule,
    live: (records, durable) => records.filter(({ height }) => height > durable),
    // A sealer without its journal is one of the f that may say anything, until the heights it has forgotten are over.
    forgetfulMayLie: true,
    forgetful: (view, forgotThrough) => view.height <= forgotThrough,
    exclusiveClaim: () => null,
    parseMessage,
    forge,
  };
}

/** A locked node signs another hash only after a newer lock on that hash reached its journal. */
function lockRule(before: readonly Record[], next: Record): string | null {
  if (next.type !== "signed") return null;
  let lock: LockCert | null = null;
  for (const record of before) {
    if (record.height !== next.height) continue;
    // Saying the same again after a restart is no new promise.
    if (record.type === "signed" && record.view === next.view && record.hash === next.hash) return null;
    if (record.type !== "locked") continue;
    if (lock === null || record.cert.view >= lock.view) lock = record.cert;
  }
  if (lock === null || lock.hash === next.hash) return null;
  return `signed ${next.hash} in view ${next.view} while locked on ${lock.hash}@${lock.view}`;
}

function printMessage(msg: Msg): string {
  const at = `${msg.height}/${"view" in msg ? msg.view : ""}`;
  const cert = (lock: LockCert | null, word: string) =>
    lock === null ? "" : ` ${word}=${lock.hash}@${lock.view}:${lock.signs.map(({ sealer }) => sealer).join("")}`;
  switch (msg.type) {
    case "prepare":
      return `Prepare ${at} ${msg.proposal.id}${cert(msg.justify, "justify")}`;
    case "sign":
      return `Sign ${at} ${msg.hash}`;
    case "commit":
      return `Commit ${at} ${msg.hash}`;
    case "viewChange":
      return `ViewChange ${at}${cert(msg.lock, "lock")}`;
    case "status":
      return `Status ${at}`;
    case "fetch":
      return `Fetch ${msg.height} ${msg.hash}`;
    default:
      return `Body ${msg.height} ${msg.executed.hash}`;
  }
}

function printRecord(record: Record): string {
  switch (record.type) {
    case "proposed":
      return `proposed ${record.height}/${record.view} ${record.id}`;
    case "signed":
      return `signed ${record.height}/${record.view} ${record.hash}${record.executed === null ? "" : " with body"}`;
    case "locked":
      return `locked ${record.height}/${record.cert.view} ${record.cert.hash}`;
    default:
      return `view ${record.height}/${record.view}`;
  }
}

const NO_PARENT = "?";

/** "Prepare 1/0 A [parent=G!] [sealer=1] [lock=A!@0:012]" and so on: what `forge` of a script can say. */
function parseMessage(text: string, sender: NodeId, nodes: readonly NodeId[]): Msg | null {
  const [word, at, what, ...rest] = text.split(/\s+/);
  const [height, view] = (at ?? "").split("/").map(Number) as [number, number];
  const options = new Map(
    [what ?? "", ...rest].filter((w) => w.includes("=")).map((w) => w.split("=") as [string, string]),
  );
  const hash = what ?? "";
  switch (word) {
    case "Prepare": {
      const sealer = Number(options.get("sealer") ?? nodes.indexOf(sender));
      const proposal: Proposal<Label> = {
        id: hash,
        parent: options.get("parent") ?? NO_PARENT,
        height,
        sealer,
        block: hash,
      };
      return { type: "prepare", height, view, proposal, justify: parseCert(height, options.get("justify"), nodes) };
    }
    case "Sign":
      return { type: "sign", height, view, hash };
    case "Commit":
      return { type: "commit", height, view, hash };
    case "ViewChange":
      return { type: "viewChange", height, view, lock: parseCert(height, options.get("lock"), nodes) };
    case "Status":
      return { type: "status", height, view, lacksBlock: true };
    case "Fetch":
      return { type: "fetch", height, hash };
    case "Body":
      return { type: "body", height, executed: executedAs(hash, height, options.get("parent") ?? NO_PARENT) };
    default:
      return null;
  }
}

/** What executing the label behind this hash gives. */
function executedAs(hash: string, height: number, parent: string): Executed<Label> {
  const label = hash.slice(0, hash.indexOf("!"));
  return { hash, proposal: { id: label, parent, height, sealer: 0, block: label }, sealed: label };
}

/** "A!@0:012x": valid signatures of these sealer indexes; a trailing x makes the last one worthless. */
function parseCert(height: number, text: string | undefined, nodes: readonly NodeId[]): LockCert | null {
  const match = /^(.+)@(\d+):(\d+)(x?)$/.exec(text ?? "");
  if (match === null) return null;
  const vote = { height, view: Number(match[2]), hash: match[1]! };
  const signs = [...match[3]!].map((digit) => {
    const sealer = Number(digit);
    return { sealer, signature: fakeSignature(nodes[sealer]!, voteText("sign", vote)) };
  });
  if (match[4] === "x") signs[signs.length - 1] = { ...signs.at(-1)!, signature: fakeSignature(nodes[0]!, "nothing") };
  return { ...vote, signs };
}

/** A liar that votes for everything, proposes two blocks at once, hides and revives locks, and jumps views. */
function forge(self: NodeId, knowledge: Knowledge<Msg>, pick: (n: number) => number): { to: NodeId; msg: Msg }[] {
  const { nodes, seen, height, parent } = knowledge;
  const all = nodes.filter((node) => node !== self);
  const victims = pick(2) === 0 ? all : all.filter(() => pick(2) === 0);
  const sealer = nodes.indexOf(self);
  const view = pick(8) === 0 ? Number.MAX_SAFE_INTEGER - pick(4) : pick(4);
  const certs = seenCerts(knowledge, self, height);
  const real = certs.length > 0 && pick(2) === 0 ? certs[pick(certs.length)]! : null;
  const cert = pick(6) === 0 ? bogusCert(nodes, self, height, view + pick(3), pick) : real;
  const hashes = seen.flatMap(({ msg }) => (msg.type === "sign" || msg.type === "commit" ? [msg.hash] : []));
  const hash = hashes.length > 0 && pick(4) > 0 ? hashes[pick(hashes.length)]! : hashOf(`z${pick(3)}`);
  const fresh = (to: NodeId): Proposal<Label> => {
    const id = `${pick(3) === 0 ? "bad" : "x"}${height}v${view}k${pick(2)}t${to}s${sealer}`;
    return { id, parent, height, sealer, block: id };
  };
  const revived = (lock: LockCert): Proposal<Label> | null => {
    const found = seen.find(({ msg }) => msg.type === "prepare" && hashOf(msg.proposal.id) === lock.hash);
    return found?.msg.type === "prepare" ? found.msg.proposal : null;
  };
  switch (pick(8)) {
    case 0:
      return victims.map((to) => ({ to, msg: { type: "sign", height, view, hash } }));
    case 1: {
      // Helps a decision, then says so much more that whoever keeps the newest votes only forgets the one that counted.
      const heard = seen.findLast(({ msg }) => msg.type === "commit" && msg.height === height)?.msg;
      const vote =
        heard?.type === "commit" && pick(2) === 0 ? heard : ({ type: "commit", height, view, hash } as const);
      const more = Array.from({ length: pick(2) === 0 ? 10 : 1 }, (_, i) => ({ ...vote, view: vote.view + i }));
      const said = more.filter((msg) => Number.isSafeInteger(msg.view));
      return victims.flatMap((to) => said.map((msg) => ({ to, msg })));
    }
    case 2:
      return victims.map((to) => ({
        to,
        msg: { type: "viewChange", height, view: Math.min(view + 1, Number.MAX_SAFE_INTEGER), lock: cert },
      }));
    case 3:
      return victims.map((to) => ({ to, msg: { type: "prepare", height, view, proposal: fresh(to), justify: null } }));
    case 4: {
      const proposal = cert === null ? null : revived(cert);
      if (proposal === null) return [];
      return victims.map((to) => ({ to, msg: { type: "prepare", height, view, proposal, justify: cert } }));
    }
    case 5: {
      // Answers that nobody asked for.
      const label = hash.slice(0, hash.indexOf("!"));
      return victims.map((to) => ({
        to,
        msg: { type: "body", height, executed: executedAs(`${label}!`, height, parent) },
      }));
    }
    case 6:
      return victims.map((to) => ({
        to,
        msg: { type: "status", height: height - 1 + pick(3), view, lacksBlock: true },
      }));
    default: {
      // Both sides hear what they like: a Sign for whatever each of them was told.
      const heard = seen.filter(({ msg }) => msg.type === "sign" && msg.height === height);
      return heard.slice(-4).map(({ from, msg }) => ({ to: from, msg }));
    }
  }
}

/** Too few signers, one signer many times, or signatures over something else. */
function bogusCert(
  nodes: readonly NodeId[],
  self: NodeId,
  height: number,
  view: number,
  pick: (n: number) => number,
): LockCert {
  const vote = { height, view, hash: hashOf(`z${pick(3)}`) };
  const own = { sealer: nodes.indexOf(self), signature: fakeSignature(self, voteText("sign", vote)) };
  const everybody = nodes.map((_, sealer) => ({ sealer, signature: own.signature }));
  const signs = [[own], nodes.map(() => own), everybody][pick(3)]!;
  return { ...vote, signs };
}

/** Lock certificates the liar can put together from what it saw and its own signature, and those it was shown. */
function seenCerts({ nodes, seen }: Knowledge<Msg>, self: NodeId, height: number): LockCert[] {
  const certs: LockCert[] = [];
  const signs = new Map<string, { vote: Vote; signers: Map<number, Uint8Array> }>();
  for (const { from, msg, signatures } of seen) {
    if (msg.height !== height) continue;
    if (msg.type === "viewChange" && msg.lock !== null) certs.push(msg.lock);
    if (msg.type === "prepare" && msg.justify !== null) certs.push(msg.justify);
    if (msg.type !== "sign") continue;
    const key = voteText("sign", msg);
    let entry = signs.get(key);
    if (entry === undefined) {
      const vote = { height, view: msg.view, hash: msg.hash };
      signs.set(key, (entry = { vote, signers: new Map([[nodes.indexOf(self), fakeSignature(self, key)]]) }));
    }
    entry.signers.set(nodes.indexOf(from), signatures[0]!);
  }
  for (const { vote, signers } of signs.values()) {
    if (signers.size < byzantineQuorum(nodes.length)) continue;
    const list = [...signers].map(([sealer, signature]) => ({ sealer, signature }));
    certs.push({ ...vote, signs: list.sort((a, b) => a.sealer - b.sealer) });
  }
  return certs;
}
