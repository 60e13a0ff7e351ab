import { FbError } from "@fb/types";
import type { Attack } from "../attack.ts";
import type { RedteamErrorCode } from "../errors.ts";
import { agencyFill } from "./agency-fill.ts";
import { clientAttacks } from "./clients.ts";
import { fuzzers } from "./fuzzers.ts";
import { hiding } from "./hiding.ts";
import { idleBurn } from "./idle-burn.ts";
import { memberAttacks } from "./members.ts";
import { rawAttacks } from "./raw-peers.ts";
import { sealerAttacks } from "./sealers.ts";
import { strangerAttacks } from "./strangers.ts";

/** All of them, in the order in which they are told and run. */
export const ATTACKS: readonly Attack[] = [
  idleBurn,
  ...strangerAttacks,
  ...rawAttacks,
  agencyFill,
  hiding,
  ...memberAttacks,
  ...sealerAttacks,
  ...clientAttacks,
  ...fuzzers,
];

export function findAttack(name: string): Attack {
  const attack = ATTACKS.find((one) => one.name === name);
  if (attack === undefined)
    throw new FbError<RedteamErrorCode>(
      "UNKNOWN_ATTACK",
      `no attack ${name}; there are ${ATTACKS.map((one) => one.name).join(", ")}`,
    );
  return attack;
}
