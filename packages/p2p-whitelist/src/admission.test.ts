import { createFakeClock, createSeededRng } from "@fb/runtime/testing";
import { fromHex, type NodeId, toHex } from "@fb/types";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type Admission, type AdmissionOptions, createAdmission } from "./admission.ts";
import { decodeHello, encodeHello, MAX_HELLO_BYTES } from "./admission-frames.ts";
import { ADMISSION_REASONS, reasonName } from "./admission-reasons.ts";
import { keyFingerprint, readDer, readPem, verifyChain } from "./certificates.ts";
import { compressedKeyOfNodeId, nodeIdOfCompressedKey, nodeIdOfPrivateKey } from "./identity.ts";
import { createTestCa, type TestAuthority, type TestNodeIdentity } from "./testing/certificates.ts";
import { readX509Constraints } from "./x509-constraints.ts";

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
  const verdict = admission.judge(compressedKeyOfNodeId(peer)!, hello);
  return verdict.ok ? `OK ${verdict.certificate.agency} ${verdict.certificate.name}` : verdict.reason;
}

describe("admission", () => {
  it("admits a node whose certificate leads to the chain CA and names its agency", () => {
    expect(judge(admissionOf(alice), bob.nodeId, admissionOf(bob).hello())).toBe("OK agency-a bob");
  });

  it("admits a node that the chain CA issued directly, and tolerates the chain CA in the chain", async () => {
    const direct = await ca.issueNode("direct");
    expect(judge(admissionOf(alice), direct.nodeId, helloOf(direct.cert))).toBe("OK chain direct");
    expect(judge(admissionOf(alice), bob.nodeId, helloOf(bob.cert + ca.pem))).toBe("OK agency-a bob");
  });

  it("names every reason for a refusal", async () => {
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

  it("judges again after a reload, which is all or nothing", async () => {
    const gate = admissionOf(alice);
    const verdict = gate.judge(compressedKeyOfNodeId(bob.nodeId)!, helloOf(bob.cert));
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
    const verdict = gate.judge(compressedKeyOfNodeId(short.nodeId)!, helloOf(short.cert));
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
});

describe("hello frame", () => {
  it("has a frozen encoding", () => {
    const bytes = encodeHello({
      minVersion: 1,
      maxVersion: 2,
      chainId: 0x01020304,
      chain: [Uint8Array.of(0xaa, 0xbb)],
    });
    expect(toHex(bytes)).toBe("46425032" + "0001" + "0002" + "01020304" + "01" + "0002aabb");
  });

  it("gives back what was encoded", () => {
    const certificate = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.nat(100),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.array(certificate, { minLength: 1, maxLength: 4 }),
        (low, range, chainId, chain) => {
          const hello = { minVersion: low, maxVersion: Math.min(0xffff, low + range), chainId, chain };
          expect(decodeHello(encodeHello(hello))).toEqual(hello);
        },
      ),
    );
  });

  it("refuses every cut, addition and oversized frame", () => {
    const good = helloOf(bob.cert);
    for (let length = 0; length < good.length; length++) expect(decodeHello(good.subarray(0, length))).toBeNull();
    expect(decodeHello(Uint8Array.from([...good, 0]))).toBeNull();
    expect(decodeHello(new Uint8Array(MAX_HELLO_BYTES + 1))).toBeNull();
  });

  it("never throws, and never admits, for damaged frames", () => {
    const rng = createSeededRng(7);
    const gate = admissionOf(alice);
    const good = helloOf(bob.cert);
    const key = compressedKeyOfNodeId(bob.nodeId)!;
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

describe("reasons", () => {
  it("have frozen codes", () => {
    expect(Object.entries(ADMISSION_REASONS).map(([name, code]) => `${code} ${name}`)).toEqual([
      "0 OK",
      "1 MALFORMED",
      "2 VERSION",
      "3 CHAIN_ID",
      "4 SELF",
      "5 CERT_MALFORMED",
      "6 FOREIGN_CA",
      "7 CERT_CHAIN",
      "8 CERT_EXPIRED",
      "9 CERT_NOT_YET_VALID",
      "10 KEY_MISMATCH",
      "11 BLACKLISTED",
      "12 NOT_WHITELISTED",
      "13 TOO_MANY_PEERS",
      "14 DUPLICATE",
      "15 SHUTDOWN",
      "16 CERT_USAGE",
      "17 CERT_UNSUPPORTED",
      "18 AGENCY_QUOTA",
    ]);
    expect(reasonName(6)).toBe("FOREIGN_CA");
    expect(reasonName(200)).toBe("UNKNOWN");
  });
});

describe("certificates", () => {
  it("reads constraints that node:crypto does not show", async () => {
    const limited = readPem((await ca.issueAgency("x", { pathLength: 3 })).pem)![0]!;
    expect(readX509Constraints(limited.raw)).toEqual({
      isCa: true,
      pathLength: 3,
      keyUsage: 0x60,
      purposes: null,
      unsupported: [],
    });
    const leaf = readPem(alice.cert)![0]!;
    expect(readX509Constraints(leaf.raw)).toMatchObject({ isCa: false, pathLength: null, keyUsage: 1, purposes: null });
  });

  it("reads damaged DER as a refusal, without throwing", () => {
    const rng = createSeededRng(11);
    const der = new Uint8Array(readPem(alice.cert)![0]!.raw);
    for (let i = 0; i < 3000; i++) {
      const bytes = der.slice(0, rng.below(der.length + 1));
      for (let k = rng.below(6); k > 0 && bytes.length > 0; k--) bytes[rng.below(bytes.length)] = rng.below(256);
      readX509Constraints(bytes);
      readDer([bytes]);
    }
    expect(readX509Constraints(Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff))).toBeNull();
    expect(readDer([Uint8Array.from([...der, 0])])).toBeNull();
  });

  it("names the agency by its key: the same below sub-agencies, the chain CA's for nodes it issued itself", async () => {
    const authorities = readPem(ca.pem)!;
    const [caKey, agencyKey] = [ca.pem, agency.pem].map((pem) => keyFingerprint(readPem(pem)![0]!));
    const admitted = async (cert: string) => {
      const verdict = verifyChain(readPem(cert)!, authorities, NOW);
      if (!verdict.ok) throw new TypeError(verdict.code);
      return verdict.certificate;
    };
    const sub = await agency.issueAgency("sub");
    const subKey = keyFingerprint(readPem(sub.pem)![0]!);
    const [direct, below] = [await ca.issueNode("direct"), await sub.issueNode("below")];
    expect(await admitted(alice.cert)).toMatchObject({
      agencyFingerprint: agencyKey,
      issuerFingerprints: [agencyKey, caKey],
    });
    expect(await admitted(below.cert)).toMatchObject({
      agency: "sub",
      agencyFingerprint: agencyKey,
      issuerFingerprints: [subKey, agencyKey, caKey],
    });
    expect(await admitted(direct.cert)).toMatchObject({ agencyFingerprint: caKey, issuerFingerprints: [caKey] });
    expect(agencyKey).toMatch(/^[0-9a-f]{64}$/);
  });

  it("takes no chain longer than the limit and no empty one", () => {
    const certificates = readPem(alice.cert + agency.pem + agency.pem + agency.pem)!;
    const authorities = readPem(ca.pem)!;
    expect(verifyChain(certificates, authorities, NOW)).toMatchObject({ ok: false, code: "CERT_MALFORMED" });
    expect(verifyChain([], authorities, NOW)).toMatchObject({ ok: false, code: "CERT_MALFORMED" });
  });
});

describe("identity", () => {
  it("converts between the forms of a key", () => {
    const key = fromHex("11".repeat(32))!;
    const id = nodeIdOfPrivateKey(key)!;
    expect(id).toBe(
      "4f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa" +
        "385b6b1b8ead809ca67454d9683fcf2ba03456d6fe2c4abe2b07f0fbdbb2f1c1",
    );
    expect(nodeIdOfCompressedKey(compressedKeyOfNodeId(id)!)).toBe(id);
  });

  it("refuses what is no key", () => {
    expect(nodeIdOfPrivateKey(new Uint8Array(32))).toBeNull();
    expect(nodeIdOfPrivateKey(new Uint8Array(31))).toBeNull();
    expect(nodeIdOfCompressedKey(new Uint8Array(33).fill(9))).toBeNull();
    expect(compressedKeyOfNodeId("00".repeat(64) as NodeId)).toBeNull();
  });
});
