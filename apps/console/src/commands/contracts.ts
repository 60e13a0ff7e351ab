import { writeFileSync } from "node:fs";
import { concat, type FunctionFragment, Interface, isAddress, parseUnits, type TransactionReceipt } from "ethers";
import type { CommandSpec, GivenOptions } from "../command.ts";
import { consoleError } from "../errors.ts";
import type { Session } from "../session.ts";
import { interfaceOf, loadDeployable, readArtefact } from "../solidity/artefact.ts";
import { plainValues, readValues } from "../solidity/values.ts";
import { fields, type View } from "../view.ts";

const ARGUMENTS = `Arguments: one text each; lists and tuples as JSON, for example '["0x..","0x.."]'.`;
const SENDING = [
  ["--value <amount>", "amount to send along, in the smallest unit"],
  ["--gas <limit>", "gas limit; estimated without it"],
  ["--group-transaction", "send the 13-field kind (unordered) instead of an Ethereum transaction"],
] as const;
const TARGET = `Target: an artefact JSON with an address (as deploy --out writes it), or an address.
Function: a name of the artefact's ABI (--abi gives one for an address), or a signature:
  balanceOf(address)(uint256)   transfer(address,uint256)`;

interface Sending {
  readonly to?: string;
  readonly data: string;
  readonly value: bigint;
  readonly gas: bigint | null;
  readonly asGroup: boolean;
}

export const contractCommands: readonly CommandSpec[] = [
  {
    name: "deploy",
    section: "Contracts",
    args: "<contract> [args...]",
    summary: "compiles and deploys file.sol, file.sol:Contract or an artefact JSON",
    details: `Imports are found next to the file and in node_modules.\n${ARGUMENTS}\nExample: deploy Token.sol "My Token" MTK --out token.json`,
    options: [...SENDING, ["--out <file>", "write ABI, bytecode and address there, for call and send"]],
    fileArgument: true,
    run: deploy,
  },
  {
    name: "call",
    section: "Contracts",
    args: "<target> <function> [args...]",
    summary: "reads from a contract without a transaction",
    details: `${TARGET}\n${ARGUMENTS}\nExample: call token.json balanceOf 0x...`,
    options: [["--abi <file>", "artefact with the ABI of the address"]],
    fileArgument: true,
    run: call,
  },
  {
    name: "send",
    section: "Contracts",
    args: "<target> <function> [args...]",
    summary: "calls a contract by a transaction and waits for the receipt",
    details: `${TARGET}\n${ARGUMENTS}\nExample: send token.json transfer 0x... 100`,
    options: [...SENDING, ["--abi <file>", "artefact with the ABI of the address"]],
    fileArgument: true,
    run: send,
  },
  {
    name: "transfer",
    section: "Contracts",
    args: "<to> <amount>",
    summary: "sends value to an account, in the smallest unit or like 1.5ether",
    options: SENDING.slice(1),
    async run(session, [to, amount], options) {
      if (!isAddress(to)) throw consoleError("CONSOLE_USAGE", `"${to}" is not an address`);
      const receipt = await submit(session, { ...sending(options), to, data: "0x", value: readAmount(amount!) });
      return receiptView(receipt, null);
    },
  },
];

async function deploy(session: Session, [target, ...texts]: readonly string[], options: GivenOptions): Promise<View> {
  session.progress(`compiling ${target}`);
  const artefact = await loadDeployable(target!, session.progress);
  const abi = new Interface(artefact.abi);
  const values = readValues(abi.deploy.inputs, texts, `the constructor of ${artefact.contractName}`);
  const data = concat([artefact.bytecode, abi.encodeDeploy(values)]);
  const receipt = await submit(session, { ...sending(options), data });
  const json = {
    contract: artefact.contractName,
    address: receipt.contractAddress!,
    transaction: receipt.hash,
    block: receipt.blockNumber,
    gasUsed: receipt.gasUsed,
  };
  const out = options["out"];
  if (typeof out === "string") {
    writeFileSync(out, `${JSON.stringify({ ...artefact, address: json.address }, null, 2)}\n`);
    session.progress(`wrote ${out}`);
  }
  return fields(json);
}

async function call(
  session: Session,
  [target, name, ...texts]: readonly string[],
  options: GivenOptions,
): Promise<View> {
  const { to, abi, method } = resolveFunction(target!, name!, texts.length, options);
  const data = abi.encodeFunctionData(method, readValues(method.inputs, texts, method.format()));
  const provider = await session.provider();
  const from = session.currentAccount();
  const output = await provider.call({ to, data, ...(from === null ? {} : { from }) });
  if (output === "0x" && (await provider.getCode(to)) === "0x") {
    throw consoleError("CONSOLE_INPUT", `there is no contract at ${to} in group ${session.group}`);
  }
  if (method.outputs.length === 0) return { json: output, text: output };
  const result = plainValues(abi.decodeFunctionResult(method, output));
  const only = Array.isArray(result) && result.length === 1 ? result[0] : result;
  if (typeof only === "object" && only !== null) return fields(only);
  return { json: only, text: String(only) };
}

async function send(
  session: Session,
  [target, name, ...texts]: readonly string[],
  options: GivenOptions,
): Promise<View> {
  const { to, abi, method } = resolveFunction(target!, name!, texts.length, options);
  const data = abi.encodeFunctionData(method, readValues(method.inputs, texts, method.format()));
  return receiptView(await submit(session, { ...sending(options), to, data }), abi);
}

function resolveFunction(
  target: string,
  name: string,
  argumentCount: number,
  options: GivenOptions,
): { to: string; abi: Interface; method: FunctionFragment } {
  const file = options["abi"];
  const artefact = isAddress(target) ? (typeof file === "string" ? readArtefact(file) : null) : readArtefact(target);
  const to = isAddress(target) ? target : artefact?.address;
  if (to === undefined) throw consoleError("CONSOLE_INPUT", `${target} holds no address: deploy with --out writes one`);
  const abi = interfaceOf(name) ?? (artefact === null ? null : new Interface(artefact.abi));
  if (abi === null) {
    throw consoleError("CONSOLE_USAGE", `for an address, give --abi <file> or a signature like ${name}(uint256)`);
  }
  const bare = name.includes("(") ? null : name;
  const all = abi.fragments.filter((one): one is FunctionFragment => one.type === "function");
  const named = bare === null ? all : all.filter((one) => one.name === bare);
  const method = named.find((one) => one.inputs.length === argumentCount) ?? named[0];
  if (method !== undefined) return { to, abi, method };
  throw consoleError("CONSOLE_USAGE", `no function ${name}; there are ${all.map((one) => one.format()).join(", ")}`);
}

function sending(options: GivenOptions): Omit<Sending, "to" | "data"> {
  const { value, gas } = options;
  return {
    value: typeof value === "string" ? readAmount(value) : 0n,
    gas: typeof gas === "string" ? readAmount(gas) : null,
    asGroup: options["groupTransaction"] === true,
  };
}

function readAmount(text: string): bigint {
  const [, digits, unit] = /^([0-9]+(?:\.[0-9]+)?)(wei|gwei|ether)?$/.exec(text) ?? [];
  try {
    if (digits !== undefined) return parseUnits(digits, unit ?? "wei");
  } catch {
    // Falls through to the same sentence.
  }
  throw consoleError("CONSOLE_USAGE", `"${text}" is not an amount: write 100, 5gwei or 1.5ether`);
}

async function submit(session: Session, { to, data, value, gas, asGroup }: Sending): Promise<TransactionReceipt> {
  const signer = await session.signer();
  const target = to === undefined ? {} : { to };
  session.progress(`sending from ${signer.address} to group ${session.group}`);
  if (asGroup) {
    return signer.sendGroupTransaction({ ...target, data, value, ...(gas === null ? {} : { gas }) });
  }
  const sent = await signer.sendTransaction({ ...target, data, value, ...(gas === null ? {} : { gasLimit: gas }) });
  session.progress(`sent ${sent.hash}, waiting for its block`);
  const receipt = (await signer.provider!.waitForTransaction(sent.hash, 1, 60_000))!;
  if (receipt.status === 1) return receipt;
  throw consoleError("CONSOLE_TRANSACTION", await whyFailed(session, sent.hash));
}

async function whyFailed(session: Session, hash: string): Promise<string> {
  const found = await session.client().getTransactionReceipt(hash);
  const reason = found === null ? null : revertText(found.output);
  return `transaction ${hash} failed: ${found?.statusMsg ?? "unknown"}${reason === null ? "" : ` (${reason})`}`;
}

function revertText(output: string): string | null {
  try {
    const decoded = new Interface(["error Error(string)"]).parseError(output);
    return decoded === null ? null : String(decoded.args[0]);
  } catch {
    return null;
  }
}

function receiptView(receipt: TransactionReceipt, abi: Interface | null): View {
  const events = receipt.logs.flatMap((log) => {
    const parsed = abi?.parseLog(log) ?? null;
    return parsed === null ? [] : [{ event: parsed.name, address: log.address, values: plainValues(parsed.args) }];
  });
  return fields({
    transaction: receipt.hash,
    block: receipt.blockNumber,
    status: "ok",
    gasUsed: receipt.gasUsed,
    logs: receipt.logs.length,
    ...(events.length === 0 ? {} : { events }),
  });
}
