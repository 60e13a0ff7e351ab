import { FunctionFragment, Interface, isAddress } from "ethers";
import { consoleError } from "../errors.ts";
import { nearestOf } from "../nearest.ts";
import { interfaceOf, readArtefact } from "./artefact.ts";

/** Where a call goes, which function it is of, and what is known of the contract. */
export interface Target {
  readonly to: string;
  readonly abi: Interface;
  readonly method: FunctionFragment;
}

/**
 * The function that a user means.
 *
 * @param target an artefact with an address, or an address
 * @param name name or signature of a function of the artefact, or any signature
 * @param abiFile artefact with the ABI of an address
 */
export function resolveFunction(target: string, name: string, abiFile: string | undefined): Target {
  const file = isAddress(target) ? abiFile : target;
  const artefact = file === undefined ? null : readArtefact(file);
  const to = isAddress(target) ? target : artefact?.address;
  if (to === undefined) throw consoleError("CONSOLE_INPUT", `${target} holds no address: deploy with --out writes one`);
  const known = artefact === null ? null : new Interface(artefact.abi);
  const own = known === null ? null : functionOf(known, name);
  if (own !== null) return { to, abi: known!, method: own };
  const written = interfaceOf(name);
  if (written === null) {
    throw consoleError("CONSOLE_USAGE", `for an address, give --abi <file> or a signature like ${name}(uint256)`);
  }
  const [method] = functionsOf(written);
  // Errors and events of the artefact keep their names.
  return { to, abi: known ?? written, method: method! };
}

/** By its name when only one function has it, or by its signature; null for a signature that the ABI does not have. */
function functionOf(abi: Interface, name: string): FunctionFragment | null {
  const all = functionsOf(abi);
  if (name.includes("(")) {
    const signature = signatureOf(name);
    return all.find((one) => one.format() === signature) ?? null;
  }
  const named = all.filter((one) => one.name === name);
  if (named.length === 1) return named[0]!;
  if (named.length > 1) {
    const signatures = named.map((one) => one.format()).join(", ");
    throw consoleError(
      "CONSOLE_USAGE",
      `${name} is the name of several functions: ${signatures}; give the whole signature`,
    );
  }
  const near = nearestOf(
    all.map((one) => one.name),
    name,
  );
  const hint = near === null ? "" : `, did you mean ${near}?`;
  const signatures = all.map((one) => one.format()).join(", ");
  throw consoleError("CONSOLE_USAGE", `no function ${name}${hint || ";"} there are ${signatures}`);
}

function functionsOf(abi: Interface): FunctionFragment[] {
  return abi.fragments.filter((one): one is FunctionFragment => one.type === "function");
}

/** The canonical form of a signature without results; what it is not is left to {@link interfaceOf} to explain. */
function signatureOf(text: string): string | null {
  try {
    return FunctionFragment.from(text).format();
  } catch {
    return null;
  }
}
