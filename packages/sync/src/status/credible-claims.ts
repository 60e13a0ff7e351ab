import { type ConsensusType, certificateQuorum, type Height, type NodeId } from "@fb/types";

/**
 * What sealers claim, the highest first, without as many of the highest as sealers may be faulty: one of those who claim
 * the first of these at least is honest. What observers claim proves nothing, however many they are.
 *
 * @param claimOf what a sealer claims; undefined when it has not said or is not connected.
 */
export function credibleClaims<Claim extends { readonly height: Height }>(
  consensus: ConsensusType,
  sealers: readonly NodeId[],
  claimOf: (sealer: NodeId) => Claim | undefined,
): readonly Claim[] {
  const faulty = sealers.length - certificateQuorum(consensus, sealers.length);
  const claims = sealers.flatMap((sealer) => claimOf(sealer) ?? []);
  return claims.sort((a, b) => b.height - a.height).slice(faulty);
}
