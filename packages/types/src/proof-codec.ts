import { decodeCertificate, encodeCertificate } from "./certificate.ts";
import { decodeHeader, encodeHeader } from "./header-codec.ts";
import { decodeMembers, encodeMembers } from "./members.ts";
import type { MembershipStep } from "./proof.ts";
import { rlpEncode } from "./rlp.ts";
import { RlpReader } from "./rlp-reader.ts";

/** A membership proof as one member sends it to another (SPEC 12): each part in its own encoding, as bytes. */
export function encodeMembershipSteps(steps: readonly MembershipStep[]): Uint8Array {
  return rlpEncode(
    steps.map((step) => [
      encodeHeader(step.parent),
      encodeHeader(step.header),
      encodeCertificate(step.certificate),
      encodeMembers(step.members),
    ]),
  );
}

/** The steps in `bytes`; null when they are malformed or more than `maxSteps`. Proves nothing by itself. */
export function decodeMembershipSteps(bytes: Uint8Array, maxSteps: number): MembershipStep[] | null {
  const outer = new RlpReader(bytes);
  const reader = outer.list();
  if (reader === null || !outer.done) return null;
  const steps: MembershipStep[] = [];
  while (!reader.done) {
    const step = steps.length < maxSteps ? decodeStep(reader.list()) : null;
    if (step === null) return null;
    steps.push(step);
  }
  return steps;
}

function decodeStep(reader: RlpReader | null): MembershipStep | null {
  if (reader === null) return null;
  const parts = [reader.view(), reader.view(), reader.view(), reader.view()];
  const [parentBytes, headerBytes, certificateBytes, membersBytes] = parts;
  if (!parentBytes || !headerBytes || !certificateBytes || !membersBytes || !reader.done) return null;
  const parent = decodeHeader(parentBytes);
  const header = decodeHeader(headerBytes);
  const certificate = decodeCertificate(certificateBytes);
  const members = decodeMembers(membersBytes);
  return parent && header && certificate && members ? { parent, header, certificate, members } : null;
}
