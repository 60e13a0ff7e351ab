/**
 * NOT_BUILT: the nodes to attack are not built. CHAIN_NOT_MADE: build-chain failed. ATTACKER_FAILED: the process that
 * attacks ended by itself. UNKNOWN_ATTACK: there is none of this name. CHAIN_NOT_WELL: the chain does not run before the
 * attack.
 */
export type RedteamErrorCode = "NOT_BUILT" | "CHAIN_NOT_MADE" | "ATTACKER_FAILED" | "UNKNOWN_ATTACK" | "CHAIN_NOT_WELL";
