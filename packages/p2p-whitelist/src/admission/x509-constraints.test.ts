import { createSeededRng } from "@fb/runtime/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestCa, type TestAuthority, type TestNodeIdentity } from "../testing/certificates.ts";
import { readDer, readPem } from "./certificates.ts";
import { readX509Constraints } from "./x509-constraints.ts";

let ca: TestAuthority;
let alice: TestNodeIdentity;

beforeAll(async () => {
  ca = await createTestCa();
  alice = await (await ca.issueAgency("agency-a")).issueNode("alice");
});

describe("constraints of a certificate (SPEC 3.8)", () => {
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
});
