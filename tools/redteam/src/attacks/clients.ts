import type { Attack } from "../attack.ts";
import { connectionAttacks } from "./client-connections.ts";
import { whoMayAsk } from "./client-origins.ts";
import { readAttacks } from "./client-reads.ts";
import { replay } from "./replay.ts";

const onFirst = (attack: Attack): Attack => ({ ...attack, onlyFirst: true });

export const clientAttacks: readonly Attack[] = [
  ...[...readAttacks, ...connectionAttacks].map(onFirst),
  replay,
  onFirst(whoMayAsk),
];
