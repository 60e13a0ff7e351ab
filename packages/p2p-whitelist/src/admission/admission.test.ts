import { createFakeClock, createSeededRng } from "@fb/runtime/testing";
import type { NodeId } from "@fb/types";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestCa, type TestAuthority, type TestNodeIdentity } from "../testing/certificates.ts";
import { provenKeyOf } from "../testing/proven-key.ts";
import { type Admission, type AdmissionOptions, createAdmission } from "./admission.ts";
import { keyFingerprint, readPem } from "./certificates.ts";
import { encodeHello } from "./hello.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const PAST = { notBefore: new Date("2020-01-01T00:00:00Z"), notAfter: new Date("2021-01-01T00:00:00Z") };
const FUTURE = { notBefore: new Date("2090-01-01T00:00:00Z") };

let ca: TestAuthority;
let agency: TestAuthority;
let alice: TestNodeIdentity;
let bob: TestNodeIdentity;

beforeAll(async () => {
  ca = await createTestCa();
  agency = await ca.issueAgency("agency-a");
  [alice, bob] = await Promise.all([agency.issueNode("alice"), agency.issueNode("bob")]);
});

function admissionOf(
  node: TestNodeIdentity,
  changes: Partial<AdmissionOptions> = {},
  chainId = 1,
  now = NOW,
): Admission {
  return createAdmission(
    { ca: ca.pem, cert: node.cert, blacklist: [], whitelist: [], ...changes },
    { nodeId: node.nodeId, chainId },
    createFakeClock(now),
  );
}

function helloOf(cert: string, chainId = 1, minVersion = 1, maxVersion = 1): Uint8Array {
  return encodeHello({ minVersion, maxVersion, chainId, chain: readPem(cert)!.map((c) => new Uint8Array(c.raw)) });
}

function judge(admission: Admission, peer: NodeId, hello: Uint8Array): string {
  const verdict = admission.judge(provenKeyOf(peer), hello);
  return verdict.ok ? `OK ${verdict.certificate.agency} ${verdict.certificate.name}` : verdict.reason;
}

describe("admission", () => {
  it("admits a node whose certificate leads to the chain CA and names its agency (SPEC 1.2)", () => {
    expect(judge(admissionOf(alice), bob.nodeId, admissionOf(bob).hello())).toBe("OK agency-a bob");
  });

  it("admits a node that the chain CA issued directly, and tolerates the chain CA in the chain", async () => {
    const direct = await ca.issueNode("direct");
    expect(judge(admissionOf(alice), direct.nodeId, helloOf(direct.cert))).toBe("OK chain direct");
    expect(judge(admissionOf(alice), bob.nodeId, helloOf(bob.cert + ca.pem))).toBe("OK agency-a bob");
  });

  it("names every reason for a refusal (SPEC 3.3)", async () => {
    const gate = admissionOf(alice);
    const foreign = await createTestCa();
    const foreignNode = await (await foreign.issueAgency("agency-a")).issueNode("bob");
    const expired = await agency.issueNode("expired", PAST);
    const early = await agency.issueNode("early", FUTURE);
    const lateAgency = await (await ca.issueAgency("late", PAST)).issueNode("n");
    const noCa = await (await ca.issueAgency("no-ca", { wrongCaFlag: true })).issueNode("n");
    const deep = await (await (await ca.issueAgency("short", { pathLength: 0 })).issueAgency("sub")).issueNode("n");
    const leafCa = await agency.issueNode("ca-node", { wrongCaFlag: true });
    const p256 = await agency.issueNode("p256", { curve: "P-256" });
    const cases: [string, NodeId, Uint8Array][] = [
      ["MALFORMED", bob.nodeId, Uint8Array.of(1, 2, 3)],
      ["VERSION", bob.nodeId, helloOf(bob.cert, 1, 2, 9)],
      ["CHAIN_ID", bob.nodeId, helloOf(bob.cert, 2)],
      ["SELF", alice.nodeId, helloOf(alice.cert)],
      [
        "CERT_MALFORMED",
        bob.nodeId,
        encodeHello({ minVersion: 1, maxVersion: 1, chainId: 1, chain: [Uint8Array.of(5)] }),
      ],
      ["CERT_MALFORMED", bob.nodeId, helloOf(ca.pem)],
      ["FOREIGN_CA", foreignNode.nodeId, helloOf(foreignNode.cert)],
      ["FOREIGN_CA", foreignNode.nodeId, helloOf(foreignNode.cert + foreign.pem)],
      [
        "FOREIGN_CA",
        bob.nodeId,
        helloOf(`${bob.cert.split("-----END CERTIFICATE-----")[0]!}-----END CERTIFICATE-----`),
      ],
      ["CERT_CHAIN", bob.nodeId, helloOf(bob.cert + foreign.pem)],
      ["CERT_CHAIN", deep.nodeId, helloOf(deep.cert)],
      ["CERT_CHAIN", leafCa.nodeId, helloOf(leafCa.cert)],
      ["CERT_EXPIRED", expired.nodeId, helloOf(expired.cert)],
      ["CERT_EXPIRED", lateAgency.nodeId, helloOf(lateAgency.cert)],
      ["CERT_NOT_YET_VALID", early.nodeId, helloOf(early.cert)],
      ["KEY_MISMATCH", bob.nodeId, helloOf(alice.cert)],
      ["KEY_MISMATCH", p256.nodeId, helloOf(p256.cert)],
    ];
    for (const [reason, peer, hello] of cases) {
      // The own certificate under a foreign key is judged by another node than alice.
      const by = reason === "KEY_MISMATCH" ? admissionOf(bob) : gate;
      const subject = reason === "KEY_MISMATCH" && peer === bob.nodeId ? lateAgency.nodeId : peer;
      expect([reason, judge(by, subject, hello)]).toEqual([reason, reason]);
    }
    // OpenSSL already refuses an issuer whose key usage is not certificate signing.
    expect(["CERT_CHAIN", "FOREIGN_CA"]).toContain(judge(gate, noCa.nodeId, helloOf(noCa.cert)));
  });

  it("applies the lists; the blacklist wins", () => {
    const hello = helloOf(bob.cert);
    expect(judge(admissionOf(alice, { blacklist: [bob.nodeId] }), bob.nodeId, hello)).toBe("BLACKLISTED");
    expect(judge(admissionOf(alice, { whitelist: [alice.nodeId] }), bob.nodeId, hello)).toBe("NOT_WHITELISTED");
    expect(judge(admissionOf(alice, { whitelist: [bob.nodeId] }), bob.nodeId, hello)).toBe("OK agency-a bob");
    const both = { blacklist: [bob.nodeId], whitelist: [bob.nodeId] };
    expect(judge(admissionOf(alice, both), bob.nodeId, hello)).toBe("BLACKLISTED");
  });

  it("applies the lists of agencies to all their nodes, those below sub-agencies included", async () => {
    const [sub, other] = [await agency.issueAgency("sub"), await ca.issueAgency("agency-b")];
    const [below, carol] = [await sub.issueNode("below"), await other.issueNode("carol")];
    const [key, otherKey] = [agency, other].map(({ pem }) => keyFingerprint(readPem(pem)![0]!)) as [string, string];
    const verdicts = (changes: Partial<AdmissionOptions>) => {
      const gate = admissionOf(alice, changes);
      return [bob, below, carol].map(({ nodeId, cert }) => judge(gate, nodeId, helloOf(cert)).split(" ")[0]);
    };
    expect(verdicts({ agencyBlacklist: [key] })).toEqual(["BLACKLISTED", "BLACKLISTED", "OK"]);
    expect(verdicts({ agencyWhitelist: [key] })).toEqual(["OK", "OK", "NOT_WHITELISTED"]);
    expect(verdicts({ agencyWhitelist: [key], whitelist: [carol.nodeId] })).toEqual(["OK", "OK", "OK"]);
    expect(verdicts({ agencyWhitelist: [key], blacklist: [bob.nodeId] })).toEqual([
      "BLACKLISTED",
      "OK",
      "NOT_WHITELISTED",
    ]);
    expect(verdicts({ agencyBlacklist: [otherKey], whitelist: [carol.nodeId] })[2]).toBe("BLACKLISTED");
    expect(() => admissionOf(alice, { agencyBlacklist: [key.toUpperCase()] })).toThrow(
      expect.objectContaining({ code: "OPTIONS_INVALID" }),
    );
  });

  it("judges again after a reload, which is all or nothing (SPEC 3.5)", async () => {
    const gate = admissionOf(alice);
    const verdict = gate.judge(provenKeyOf(bob.nodeId), helloOf(bob.cert));
    if (!verdict.ok) throw new TypeError("admitted before");
    expect(gate.recheck(verdict.certificate)).toBeNull();
    gate.reload({ blacklist: [bob.nodeId] });
    expect(gate.recheck(verdict.certificate)).toBe("BLACKLISTED");
    expect(() => gate.reload({ blacklist: [], cert: bob.cert })).toThrow(
      expect.objectContaining({ code: "CERTIFICATE_INVALID" }),
    );
    expect(gate.recheck(verdict.certificate)).toBe("BLACKLISTED");
    expect(() => gate.reload({ whitelist: ["abc" as NodeId] })).toThrow(
      expect.objectContaining({ code: "OPTIONS_INVALID" }),
    );
    const other = await createTestCa("next");
    gate.reload({ blacklist: [], ca: ca.pem + other.pem });
    expect(gate.recheck(verdict.certificate)).toBeNull();
  });

  it("notices that a certificate ran out since", async () => {
    const clock = createFakeClock(NOW);
    const gate = createAdmission(
      { ca: ca.pem, cert: alice.cert, blacklist: [], whitelist: [] },
      { nodeId: alice.nodeId, chainId: 1 },
      clock,
    );
    const short = await agency.issueNode("short", { notAfter: new Date(NOW + 60_000) });
    const verdict = gate.judge(provenKeyOf(short.nodeId), helloOf(short.cert));
    if (!verdict.ok) throw new TypeError("admitted before");
    clock.advance(120_000);
    expect(gate.recheck(verdict.certificate)).toBe("CERT_EXPIRED");
  });

  it("refuses to start with files that no peer would accept", async () => {
    const expired = await agency.issueNode("expired", PAST);
    for (const [changes, reason] of [
      [{ cert: bob.cert }, "KEY_MISMATCH"],
      [{ cert: "no pem" }, undefined],
      [{ ca: "no pem" }, undefined],
      [{ ca: (await createTestCa()).pem }, "FOREIGN_CA"],
    ] as const) {
      expect(() => admissionOf(alice, changes)).toThrow(
        expect.objectContaining({ code: "CERTIFICATE_INVALID", fields: reason === undefined ? {} : { reason } }),
      );
    }
    expect(() => admissionOf(expired)).toThrow(/CERT_EXPIRED/);
  });

  it("never throws, and never admits, for a damaged hello", () => {
    const rng = createSeededRng(7);
    const gate = admissionOf(alice);
    const good = helloOf(bob.cert);
    const key = provenKeyOf(bob.nodeId);
    for (let i = 0; i < 400; i++) {
      const bytes = good.slice();
      const at = rng.below(bytes.length);
      bytes[at] = bytes[at]! ^ (1 << rng.below(8));
      const verdict = gate.judge(key, bytes);
      // Version numbers may widen and still overlap; everything else is covered by a signature or compared.
      if (verdict.ok) expect(at).toBeLessThan(8);
    }
  });
});
