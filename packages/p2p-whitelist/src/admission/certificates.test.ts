import "reflect-metadata";
import { readFileSync } from "node:fs";
import { createSeededRng } from "@fb/runtime/testing";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  Certificate,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  NameConstraints,
  Version,
} from "@peculiar/asn1-x509";
import * as x509 from "@peculiar/x509";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestCa, type IssueOptions, type TestAuthority, usualExtensions } from "../testing/certificates.ts";
import { keyFingerprint, readDer, readPem, verifyChain } from "./certificates.ts";
import { readX509Constraints } from "./x509-constraints.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

let ca: TestAuthority;
let agency: TestAuthority;
beforeAll(async () => {
  ca = await createTestCa();
  agency = await ca.issueAgency("agency-a");
});

function verdictOf(cert: string, authorities = ca.pem, now = NOW): string {
  const verdict = verifyChain(readPem(cert)!, readPem(authorities)!, now);
  return verdict.ok ? "OK" : `${verdict.code} ${verdict.detail}`;
}

async function nodeWith(options: IssueOptions, by = agency): Promise<string> {
  return verdictOf((await by.issueNode("node", options)).cert);
}

async function agencyWith(options: IssueOptions): Promise<string> {
  return verdictOf((await (await ca.issueAgency("agency-b", options)).issueNode("node")).cert);
}

const { KeyUsageFlags } = x509;
const { serverAuth, clientAuth, codeSigning } = x509.ExtendedKeyUsage;
const ANY_PURPOSE = "2.5.29.37.0";
const usage = (flags: number) => new x509.KeyUsagesExtension(flags, true);
const purposes = (ids: string[], critical = true) => new x509.ExtendedKeyUsageExtension(ids, critical);
const extension = (id: string, critical: boolean, hex = "0500") =>
  new x509.Extension(id, critical, new Uint8Array(Buffer.from(hex, "hex")).buffer);
const and = (isCa: boolean, ...more: x509.Extension[]): IssueOptions => ({
  extensions: [...usualExtensions(isCa), ...more],
});
const leafWithUsage = (flags: number): IssueOptions => ({
  extensions: [new x509.BasicConstraintsExtension(false, undefined, true), usage(flags)],
});

describe("uses of the node's key (SPEC 3.8)", () => {
  it("must include signing when they are named", async () => {
    expect(await nodeWith(leafWithUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyAgreement))).toBe("OK");
    expect(await nodeWith(leafWithUsage(KeyUsageFlags.keyAgreement))).toMatch(/^CERT_USAGE CN=node, .*: may not sign$/);
    expect(await nodeWith({ extensions: [] })).toBe("OK");
  });

  it("must be those of a node that listens and dials, critical or not, also of its issuers", async () => {
    for (const good of [[serverAuth, clientAuth], [ANY_PURPOSE], [codeSigning, clientAuth, serverAuth]]) {
      expect(await nodeWith(and(false, purposes(good)))).toBe("OK");
      expect(await agencyWith(and(true, purposes(good)))).toBe("OK");
    }
    for (const bad of [[codeSigning], [serverAuth], [clientAuth]]) {
      for (const critical of [true, false]) {
        expect(await nodeWith(and(false, purposes(bad, critical)))).toMatch(/^CERT_USAGE CN=node/);
        expect(await agencyWith(and(true, purposes(bad, critical)))).toMatch(/^CERT_USAGE CN=agency-b/);
      }
    }
  });
});

describe("extensions (SPEC 3.8)", () => {
  it.each([
    ["of nobody", "1.2.3.4.5", "0500"],
    ["certificate policies", "2.5.29.32", "300530030601" + "2a"],
    ["policy mappings", "2.5.29.33", "3008300606012a06012b"],
    ["policy constraints", "2.5.29.36", "3003800100"],
    ["inhibit any policy", "2.5.29.54", "020100"],
    ["subject alternative name", "2.5.29.17", "3003820161"],
    ["CRL distribution points", "2.5.29.31", "3011300fa00da00b8609687474703a2f2f612f"],
  ])("that must be obeyed and are not understood refuse node, agency and chain CA: %s", async (_name, id, hex) => {
    const refused = (name: string) => new RegExp(`^CERT_UNSUPPORTED CN=${name}, .*: ${id}$`);
    expect(await nodeWith(and(false, extension(id, true, hex)))).toMatch(refused("node"));
    expect(await agencyWith(and(true, extension(id, true, hex)))).toMatch(refused("agency-b"));
    const root = await createTestCa("root", and(true, extension(id, true, hex)));
    expect(verdictOf((await root.issueNode("node")).cert, root.pem)).toMatch(refused("root"));
    expect(await nodeWith(and(false, extension(id, false, hex)))).toBe("OK");
  });

  it("that constrain names refuse whatever is below them, critical or not", async () => {
    const base = new GeneralName({ dNSName: "example.org" });
    const names = new NameConstraints({ permittedSubtrees: new GeneralSubtrees([new GeneralSubtree({ base })]) });
    const hex = Buffer.from(AsnConvert.serialize(names)).toString("hex");
    for (const critical of [true, false])
      expect(await agencyWith(and(true, extension("2.5.29.30", critical, hex)))).toMatch(
        /^CERT_UNSUPPORTED .*2\.5\.29\.30$/,
      );
  });

  it("are refused twice, and in any form but DER", async () => {
    // OpenSSL, which checks the links, refuses some of these as well.
    const refused = expect.stringMatching(/^CERT_(MALFORMED|CHAIN) /);
    expect(await nodeWith(and(false, usage(KeyUsageFlags.digitalSignature)))).toEqual(refused);
    for (const [id, hex] of [
      ["2.5.29.15", "03020780" + "00"],
      ["2.5.29.19", "30800000"],
      ["2.5.29.19", "3003010100"],
      ["2.5.29.19", "30030101ff" + "0500"],
      ["2.5.29.37", "3080" + "06082b06010505070301" + "06082b06010505070302" + "0000"],
      ["2.5.29.37", ""],
      ["2.5.29.15", "0500"],
    ] as const) {
      const { cert } = await agency.issueNode("node", { extensions: [extension(id, true, hex)] });
      expect([hex, verdictOf(cert)]).toEqual([hex, refused]);
      expect(readX509Constraints(readPem(cert)![0]!.raw)).toBeNull();
    }
  });
});

describe("a path", () => {
  it("takes no chain longer than the limit and no empty one", async () => {
    const certificates = readPem((await agency.issueNode("alice")).cert + agency.pem + agency.pem + agency.pem)!;
    const authorities = readPem(ca.pem)!;
    expect(verifyChain(certificates, authorities, NOW)).toMatchObject({ ok: false, code: "CERT_MALFORMED" });
    expect(verifyChain([], authorities, NOW)).toMatchObject({ ok: false, code: "CERT_MALFORMED" });
  });
});

describe("form", () => {
  const node = (edit: (certificate: Certificate) => void) => nodeWith({ edit });

  it("is version 3 without unique identifiers", async () => {
    expect(await node(() => {})).toBe("OK");
    for (const version of [Version.v1, Version.v2]) {
      expect(await node(({ tbsCertificate }) => Object.assign(tbsCertificate, { version }))).toMatch(
        /^CERT_UNSUPPORTED .*version$/,
      );
    }
    const uniqueId = new Uint8Array([1, 2]).buffer;
    for (const field of ["issuerUniqueID", "subjectUniqueID"]) {
      expect(await node(({ tbsCertificate }) => Object.assign(tbsCertificate, { [field]: uniqueId }))).toMatch(
        /^CERT_UNSUPPORTED .*uniqueId$/,
      );
    }
  });

  it("has one signature algorithm, inside and outside", async () => {
    const sha512 = new AlgorithmIdentifier({ algorithm: "1.2.840.10045.4.3.4" });
    expect(await node(({ tbsCertificate }) => Object.assign(tbsCertificate, { signature: sha512 }))).not.toBe("OK");
    const nullParameters = new AlgorithmIdentifier({
      algorithm: "1.2.840.10045.4.3.2",
      parameters: new Uint8Array([5, 0]).buffer,
    });
    expect(await node(({ tbsCertificate }) => Object.assign(tbsCertificate, { signature: nullParameters }))).not.toBe(
      "OK",
    );
  });
});

describe("an agency's fingerprint (SPEC 3.7)", () => {
  it("is that of its key: the same below sub-agencies, the chain CA's for nodes it issued itself", async () => {
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
    expect(await admitted((await agency.issueNode("alice")).cert)).toMatchObject({
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

  it("cannot be changed by who shows its certificate, unlike the hash of that", async () => {
    const { cert } = await agency.issueNode("node");
    const [leaf, issuer] = readPem(cert)!;
    const other = readDer([withOtherSignature(new Uint8Array(issuer!.raw))])![0]!;
    expect(other.fingerprint256).not.toBe(issuer!.fingerprint256);
    const verdict = verifyChain([leaf!, other], readPem(ca.pem)!, NOW);
    expect(verdict).toMatchObject({ ok: true, certificate: { agencyFingerprint: keyFingerprint(issuer!) } });
  });
});

const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** The same certificate with its ECDSA signature (r, s) as (r, n - s), which verifies as well. */
function withOtherSignature(der: Uint8Array): Uint8Array {
  const certificate = AsnConvert.parse(der, Certificate);
  const signature = new Uint8Array(certificate.signatureValue);
  const rEnd = 4 + signature[3]!;
  const s = BigInt(`0x${Buffer.from(signature.subarray(rEnd + 2)).toString("hex")}`);
  const hex = (P256_ORDER - s).toString(16).padStart(64, "0");
  const digits = Number.parseInt(hex[0]!, 16) >= 8 ? `00${hex}` : hex;
  const body = Buffer.concat([
    signature.subarray(2, rEnd),
    Buffer.from([2, digits.length / 2]),
    Buffer.from(digits, "hex"),
  ]);
  certificate.signatureValue = new Uint8Array(Buffer.concat([Buffer.from([0x30, body.length]), body])).buffer;
  return new Uint8Array(AsnConvert.serialize(certificate));
}

/** What the issuer vouches for. */
function signedPart(der: Uint8Array): string {
  return Buffer.from(AsnConvert.serialize(AsnConvert.parse(der, Certificate).tbsCertificate)).toString("hex");
}

/** Changes a few bytes, cuts some out, or repeats some. */
function mutate(original: Uint8Array, rng: ReturnType<typeof createSeededRng>): Uint8Array {
  const at = rng.below(original.length);
  const to = Math.min(original.length, at + rng.below(24));
  switch (rng.below(4)) {
    case 0:
      return Uint8Array.from([...original.subarray(0, at), ...original.subarray(to)]);
    case 1:
      return Uint8Array.from([...original.subarray(0, to), ...original.subarray(at)]);
    default: {
      const bytes = original.slice();
      for (let k = rng.below(4); k >= 0; k--) bytes[rng.below(bytes.length)] = rng.below(256);
      return bytes;
    }
  }
}

interface Vector {
  readonly name: string;
  readonly chain: string;
  readonly verdict: string;
}

describe("certificates made by openssl (SPEC 3.8)", () => {
  const { ca: root, vectors } = JSON.parse(
    readFileSync(new URL("../../testdata/openssl-certificates.json", import.meta.url), "utf8"),
  ) as { readonly ca: string; readonly vectors: readonly Vector[] };

  it.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_name, { chain, verdict }) => {
    expect(verdictOf(chain, root, Date.parse("2030-01-01T00:00:00Z")).split(" ")[0]).toBe(verdict);
  });
});

describe("damaged certificates", () => {
  it("are refused without throwing, however the bytes changed", async () => {
    const rng = createSeededRng(23);
    const leaves = await Promise.all([
      agency.issueNode("node", and(false, purposes([serverAuth, clientAuth]), extension("1.2.3", false))),
      agency.issueNode("plain"),
    ]);
    const originals = leaves.map(({ cert }) => new Uint8Array(readPem(cert)![0]!.raw));
    const issuer = readPem(agency.pem)![0]!;
    for (let round = 0; round < 1500; round++) {
      const original = originals[round % originals.length]!;
      const bytes = mutate(original, rng);
      readX509Constraints(bytes);
      const chain = readDer([bytes]);
      if (chain === null) continue;
      const verdict = verifyChain([chain[0]!, issuer], readPem(ca.pem)!, NOW);
      // Its signature may have another form; nothing that is signed may.
      if (verdict.ok) expect(signedPart(bytes)).toEqual(signedPart(original));
    }
  });

  it("are refused when they are nested deeply", () => {
    const nested = new Uint8Array(16_000).fill(0x30);
    for (let at = 1; at < nested.length; at += 2) nested[at] = 0x80;
    expect(readX509Constraints(nested)).toBeNull();
    expect(readDer([nested])).toBeNull();
  });
});
