import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeBlock } from "./block-codec.ts";
import { fromHex, toHex } from "./bytes.ts";
import { decodeCertificate, verifyCertificate } from "./certificate.ts";
import { decodeGenesis } from "./genesis-codec.ts";
import { decodeHeader, headerHash } from "./header-codec.ts";
import { decodeMembers, membersHash } from "./members.ts";
import { verifyMerkleProof } from "./merkle.ts";
import { verifyFromGenesis } from "./proof.ts";
import { decodeMembershipSteps } from "./proof-codec.ts";
import { decodeReceipt } from "./receipt-codec.ts";
import { type RlpItem, rlpDecode, rlpEncode } from "./rlp.ts";
import { nobleSuite as suite } from "./testing/noble-suite.ts";
import { plain, vectorCases } from "./testing/vector-cases.ts";
import { decodeTransaction } from "./tx-decode.ts";
import { recoverSender } from "./tx-sender.ts";

type Json = Record<string, string> & { readonly [key: string]: unknown };
type Item = string | readonly Item[];

const fileOf = (name: string) => new URL(`../testdata/${name}.json`, import.meta.url);
const load = <T>(name: string): T => JSON.parse(readFileSync(fileOf(name), "utf8"));
const bytes = (hex: string): Uint8Array => fromHex(hex)!;
const hex = (value: Uint8Array): string => `0x${toHex(value)}`;
const itemOf = (item: Item): RlpItem => (typeof item === "string" ? bytes(item) : item.map(itemOf));

/**
 * Frozen vectors: a difference is a change of a format that chains already use. `FB_REWRITE=1` writes files that do not
 * exist yet; delete one by hand to change a format on purpose.
 */
describe("frozen vectors, written", () => {
  it.each(Object.entries(vectorCases()))("%s", (name, cases) => {
    const file = fileOf(name);
    if (process.env["FB_REWRITE"] === "1" && !existsSync(file)) {
      writeFileSync(file, `${JSON.stringify(plain(cases), null, 1)}\n`);
    }
    expect(plain(cases)).toEqual(load(name));
  });
});

describe("frozen vectors, read", () => {
  it.each(load<Json[]>("headers"))("SPEC 2, 3: header $name", (vector) => {
    const header = decodeHeader(bytes(vector["rlp"]!))!;
    expect(plain(header)).toEqual(vector["header"]);
    expect(hex(headerHash(suite, header))).toBe(vector["hash"]);
    const limits = { maxBytes: 10_000, maxTransactions: 2 };
    expect(decodeBlock(bytes(vector["block"]!), limits)?.header).toEqual(header);
    expect(decodeBlock(bytes(vector["emptyBlock"]!), limits)).toEqual({ header, transactions: [] });
  });

  it.each(load<Json[]>("receipts"))("SPEC 4: receipt $name", (vector) => {
    expect(plain(decodeReceipt(bytes(vector["rlp"]!)))).toEqual(vector["receipt"]);
  });

  it.each(load<Json[]>("transactions"))("SPEC 9: transaction $name", (vector) => {
    const result = decodeTransaction(suite, bytes(vector["raw"]!));
    if (!result.ok) return expect.unreachable(result.code);
    const { tx } = result;
    const fields = vector["fields"] as unknown as Record<string, unknown>;
    expect(plain({ ...tx, ...tx.group })).toMatchObject(fields);
    expect(tx.type).toBe(vector["type"]);
    expect([hex(tx.hash), hex(tx.signingHash)]).toEqual([vector["hash"], vector["signingHash"]]);
    expect(hex(recoverSender(suite, tx)!)).toBe(vector["sender"]);
  });

  it("SPEC 9.1, 9.2, 9.3, 9.4, 9.5: encodings of transactions", () => {
    for (const { name, raw, hash, sender, refused } of load<Json[]>("transaction-encodings")) {
      const result = decodeTransaction(suite, bytes(raw!));
      const found = result.ok
        ? { hash: hex(result.tx.hash), sender: hex(recoverSender(suite, result.tx)!) }
        : { refused: result.code };
      expect(found, name).toEqual(refused === undefined ? { hash, sender } : { refused });
    }
  });

  it("SPEC 1.1, 1.2: RLP", () => {
    const { valid, refused } = load<{ valid: { item: Item; rlp: string }[]; refused: Json[] }>("rlp");
    for (const { item, rlp } of valid) {
      expect(plain(rlpDecode(bytes(rlp)))).toEqual(item);
      expect(hex(rlpEncode(itemOf(item)))).toBe(rlp);
    }
    for (const { name, rlp } of refused) {
      expect(() => rlpDecode(bytes(rlp!)), name).toThrowError(expect.objectContaining({ code: "RLP_INVALID" }));
    }
  });

  it("SPEC 6: merkle proofs", () => {
    for (const { leaves, root, proofs } of load<{ leaves: string[]; root: string; proofs: string[][] }[]>("merkle")) {
      proofs.forEach((path, index) => {
        const proof = { index, count: leaves.length, path: path.map(bytes) };
        expect(verifyMerkleProof(suite, bytes(root), bytes(leaves[index]!), proof)).toBe(true);
      });
    }
  });

  it("SPEC 7: members", () => {
    for (const vector of load<Json[]>("members")) {
      const members = decodeMembers(bytes(vector["rlp"]!))!;
      expect(members).toEqual(vector["members"]);
      expect(hex(membersHash(suite, members))).toBe(vector["hash"]);
    }
  });

  it("SPEC 10: certificate", () => {
    const { genesisHash, commit, certificate } = load<{
      genesisHash: string;
      commit: { vote: { height: number; hash: string } };
      certificate: { sealers: never[]; rlp: string };
    }>("digests");
    const { sealers, rlp } = certificate;
    const { height, hash } = commit.vote;
    const claim = { genesisHash: bytes(genesisHash), consensus: "pbft", sealers, height, hash: bytes(hash) } as const;
    expect(verifyCertificate(suite, { ...claim, certificate: decodeCertificate(bytes(rlp))! })).toEqual({ ok: true });
  });

  it("SPEC 11: genesis", () => {
    for (const vector of load<Json[]>("genesis")) {
      const rlp = bytes(vector["rlp"]!);
      expect(hex(suite.hash(rlp))).toBe(vector["digest"]);
      expect(plain(decodeGenesis(rlp))).toMatchObject(vector["genesis"] as unknown as object);
    }
  });

  it("SPEC 12: proof from genesis", () => {
    const vector = load<{
      genesis: string;
      genesisHeader: string;
      steps: string;
      target: { parent: string; header: string; certificate: string };
      inclusion: {
        index: number;
        count: number;
        transaction: { hash: string; path: string[] };
        receipt: { encoded: string; path: string[] };
      };
      hash: string;
    }>("proofs");
    const { target, inclusion } = vector;
    const { transaction, receipt } = inclusion;
    const result = verifyFromGenesis(suite, {
      genesis: decodeGenesis(bytes(vector.genesis))!,
      genesisHeader: decodeHeader(bytes(vector.genesisHeader))!,
      steps: decodeMembershipSteps(bytes(vector.steps), 10)!,
      target: {
        parent: decodeHeader(bytes(target.parent))!,
        header: decodeHeader(bytes(target.header))!,
        certificate: decodeCertificate(bytes(target.certificate))!,
      },
      inclusion: {
        ...inclusion,
        transaction: { hash: bytes(transaction.hash), path: transaction.path.map(bytes) },
        receipt: { encoded: bytes(receipt.encoded), path: receipt.path.map(bytes) },
      },
    });
    expect(result.ok && hex(result.hash)).toBe(vector.hash);
  });
});
