import { writeFileSync } from "node:fs";
import { fromHex, systemRefusal } from "@fb/types";
import { concat, Interface, isAddress } from "ethers";
import type { CommandSpec, GivenOptions } from "../command.ts";
import { consoleError } from "../errors.ts";
import { shown } from "../files.ts";
import { readAmount, receiptView, SENDING_OPTIONS, sendingOf, submit } from "../sending.ts";
import type { Session } from "../session.ts";
import { loadDeployable } from "../solidity/artefact.ts";
import type { Artefact } from "../solidity/compile.ts";
import { resolveFunction } from "../solidity/functions.ts";
import { explainRevert } from "../solidity/reverts.ts";
import { plainValues, readValues } from "../solidity/values.ts";
import { fields, refusalText, type View } from "../view.ts";

/** Of a contract of which nothing is known. */
const NO_ABI = new Interface([]);
const ARGUMENTS = `Arguments: one text each; lists and tuples as JSON, for example '["0x..","0x.."]'.`;
const TARGET = `Target: an artefact JSON with an address (as deploy --out writes it), or an address.
Function: a name of the artefact's ABI (--abi gives one for an address), or a signature:
  balanceOf(address)(uint256)   transfer(address,uint256)`;

export const contractCommands: readonly CommandSpec[] = [
  {
    name: "deploy",
    section: "Contracts",
    args: "<contract> [args...]",
    summary: "compiles and deploys file.sol, file.sol:Contract or an artefact JSON",
    details: `Imports are found next to the file and in node_modules.\n${ARGUMENTS}\nExample: deploy Token.sol "My Token" MTK --out token.json`,
    options: [...SENDING_OPTIONS, ["--out <file>", "write ABI, bytecode and address there, for call and send"]],
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
    options: [...SENDING_OPTIONS, ["--abi <file>", "artefact with the ABI of the address"]],
    fileArgument: true,
    run: send,
  },
  {
    name: "transfer",
    section: "Contracts",
    args: "<to> <amount>",
    summary: "sends value to an account, in the smallest unit or like 1.5ether",
    options: SENDING_OPTIONS.slice(1),
    async run(session, [to, amount], options) {
      if (!isAddress(to)) throw consoleError("CONSOLE_USAGE", `${shown(to!)} is not an address`);
      const sending = { ...sendingOf(options), to, data: "0x", value: readAmount(amount!) };
      return receiptView(session, await submit(session, sending, NO_ABI), NO_ABI);
    },
  },
];

async function deploy(session: Session, [target, ...texts]: readonly string[], options: GivenOptions): Promise<View> {
  session.progress(`compiling ${target}`);
  const artefact = await loadDeployable(target!, session.progress);
  const abi = new Interface(artefact.abi);
  const values = readValues(abi.deploy.inputs, texts, `the constructor of ${artefact.contractName}`);
  const data = concat([artefact.bytecode, abi.encodeDeploy(values)]);
  const receipt = await submit(session, { ...sendingOf(options), data }, abi);
  const json = {
    contract: artefact.contractName,
    address: receipt.contractAddress!,
    transaction: receipt.hash,
    block: receipt.blockNumber,
    gasUsed: receipt.gasUsed,
  };
  const out = options["out"];
  if (typeof out === "string") {
    keep(out, { ...artefact, address: json.address });
    session.progress(`wrote ${out}`);
  }
  return fields(json);
}

/** Whoever cannot write the artefact needs the address all the more: the contract is there. */
function keep(file: string, artefact: Artefact & { readonly address: string }): void {
  try {
    writeFileSync(file, `${JSON.stringify(artefact, null, 2)}\n`);
  } catch (error) {
    const why = (error as Error).message;
    throw consoleError("CONSOLE_INPUT", `deployed at ${artefact.address}, but the artefact is not kept: ${why}`);
  }
}

async function call(
  session: Session,
  [target, name, ...texts]: readonly string[],
  options: GivenOptions,
): Promise<View> {
  const { to, abi, method } = resolveFunction(target!, name!, abiFile(options));
  const data = abi.encodeFunctionData(method, readValues(method.inputs, texts, method.format()));
  const provider = await session.provider();
  const from = session.currentAccount();
  const request = { to, data, ...(from === null ? {} : { from }) };
  const output = await explainRevert(abi, () => provider.call(request));
  if (output === "0x" && (await provider.getCode(to)) === "0x") {
    throw consoleError("CONSOLE_INPUT", `there is no contract at ${to} in group ${session.group}`);
  }
  const refusal = systemRefusal(fromHex(to)!, fromHex(output)!);
  if (refusal !== null) throw consoleError("CONSOLE_TRANSACTION", `it would change nothing: ${refusalText(refusal)}`);
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
  const { to, abi, method } = resolveFunction(target!, name!, abiFile(options));
  const data = abi.encodeFunctionData(method, readValues(method.inputs, texts, method.format()));
  return receiptView(session, await submit(session, { ...sendingOf(options), to, data }, abi), abi);
}

function abiFile(options: GivenOptions): string | undefined {
  const file = options["abi"];
  return typeof file === "string" ? file : undefined;
}
