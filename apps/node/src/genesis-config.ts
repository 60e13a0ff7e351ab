import { type AllocSlot, configError, GROUP_GENESIS, type GroupGenesis, readConfig, type WrongValue } from "@fb/config";
import {
  FbError,
  fromHex,
  type GenesisAccount,
  type GenesisConfig,
  type GroupId,
  genesisProblem,
  isNodeKey,
} from "@fb/types";
import type { NodeErrorCode } from "./errors.ts";

/**
 * The canonical form of a genesis file. Throws CONFIG_INVALID with every mistake, also those a single key cannot show
 * (counts, doubles, order).
 *
 * @param chainId of `config.ini`
 */
export function readGenesis(file: string, content: string, chainId: number): GenesisConfig {
  const text = readConfig(GROUP_GENESIS, file, content);
  const wrong = wrongValues(text, chainId);
  if (wrong.length > 0) throw configError(file, content, wrong);
  const genesis = canonical(text);
  const problem = genesisProblem(genesis);
  if (problem !== null) throw new FbError<NodeErrorCode>("CONFIG_INVALID", `${file}: ${problem}`, { file });
  return genesis;
}

function wrongValues(text: GroupGenesis, chainId: number): WrongValue[] {
  const { group, consensus, tx, alloc } = text;
  const { contracts } = text.alloc_code;
  const { slots } = text.alloc_storage;
  const wrong: WrongValue[] = [];
  if (group.chainId !== chainId)
    wrong.push({ section: "group", key: "chain_id", allowed: `${chainId}, [chain] id of config.ini` });
  if (consensus.sealers.length === 0)
    wrong.push({ section: "consensus", key: "node.0", allowed: "at least one node.N, a sealer" });
  for (const [key, ids] of [
    ["node", consensus.sealers],
    ["observer", consensus.observers],
  ] as const) {
    const allowed = "a public key: nobody can be the node of another id";
    for (const value of ids) if (!isNodeKey(value)) wrong.push({ section: "consensus", key, value, allowed });
  }
  const once = "each node once, as node.N (sealer) or as observer.N";
  for (const value of doubles(consensus.sealers))
    wrong.push({ section: "consensus", key: "node", value, allowed: once });
  for (const value of doubles([...new Set(consensus.sealers), ...consensus.observers]))
    wrong.push({ section: "consensus", key: "observer", value, allowed: once });
  if (consensus.maxElectMs < consensus.minElectMs)
    wrong.push({
      section: "consensus",
      key: "max_elect_time",
      allowed: `at least min_elect_time, ${consensus.minElectMs}`,
    });
  if (tx.blockGasLimit < tx.gasLimit)
    wrong.push({ section: "tx", key: "block_gas_limit", allowed: `at least gas_limit, ${tx.gasLimit}` });
  for (const key of doubles(alloc.accounts.map(({ address }) => address)))
    wrong.push({ section: "alloc", key, allowed: "each account once" });
  for (const key of doubles(contracts.map(({ address }) => address)))
    wrong.push({ section: "alloc_code", key, allowed: "each account once" });
  for (const key of doubles(slots.map(({ address, slot }) => `${address}:${slot}`)))
    wrong.push({ section: "alloc_storage", key, allowed: "each slot of an account once" });
  return wrong;
}

function doubles(values: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const value of values) (seen.has(value) ? twice : seen).add(value);
  return [...twice];
}

function canonical(text: GroupGenesis): GenesisConfig {
  const { group, consensus, tx, rules, state, governance } = text;
  return {
    groupId: group.id as GroupId,
    chainId: group.chainId,
    timestamp: group.timestamp,
    consensus: {
      type: consensus.type,
      maxTransactions: consensus.maxTransactions,
      timeoutMs: consensus.timeoutSeconds * 1000,
      minElectMs: consensus.minElectMs,
      maxElectMs: consensus.maxElectMs,
    },
    sealers: consensus.sealers.toSorted(),
    observers: consensus.observers.toSorted(),
    stateType: state.type,
    txGasLimit: tx.gasLimit,
    blockGasLimit: tx.blockGasLimit,
    chargeGas: tx.charge,
    replayWindow: tx.replayWindow,
    rulesVersion: rules.version,
    evmFork: rules.evmFork,
    admins: [...new Set(governance.admins)].sort().map((admin) => fromHex(admin)!),
    alloc: accountsOf(text),
    allowUnprotected: tx.allowUnprotected,
  };
}

/** The accounts that any of the three sections names. One with code has nonce 1, as if it had been deployed (EIP-161). */
function accountsOf({ alloc, alloc_code, alloc_storage }: GroupGenesis): GenesisAccount[] {
  const balances = new Map(alloc.accounts.map(({ address, balance }) => [address, balance]));
  const codes = new Map(alloc_code.contracts.map(({ address, code }) => [address, fromHex(code)!]));
  const slots = new Map<string, AllocSlot[]>();
  for (const slot of alloc_storage.slots) {
    const own = slots.get(slot.address);
    if (own === undefined) slots.set(slot.address, [slot]);
    else own.push(slot);
  }
  return [...new Set([...balances.keys(), ...codes.keys(), ...slots.keys()])].sort().map((address) => {
    const code = codes.get(address);
    return {
      address: fromHex(address)!,
      balance: balances.get(address) ?? 0n,
      ...(code === undefined ? {} : { code, nonce: 1n }),
      slots: (slots.get(address) ?? [])
        .sort((a, b) => (a.slot < b.slot ? -1 : 1))
        .map(({ slot, value }) => ({ slot: fromHex(slot)!, value: fromHex(value)! })),
    };
  });
}
