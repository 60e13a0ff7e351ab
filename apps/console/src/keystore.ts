import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encryptKeystoreJson, getAddress, isAddress, Wallet } from "ethers";
import { consoleError } from "./errors.ts";
import { shown } from "./files.ts";

/** Rounds of scrypt: about a second on one core, as wallets use. Tests take fewer. */
const SCRYPT_N = 1 << 17;

/** Accounts as encrypted JSON files (Web3 secret storage), one per address. */
export class Keystore {
  readonly folder: string;
  readonly #scryptN: number;

  constructor(folder: string, scryptN = SCRYPT_N) {
    this.folder = folder;
    this.#scryptN = scryptN;
  }

  list(): readonly string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .filter((name) => /^0x[0-9a-fA-F]{40}\.json$/.test(name))
      .map((name) => getAddress(name.slice(0, 42)))
      .sort();
  }

  /** Encrypts and writes a key, readable by its owner only. */
  async add(key: string, password: string): Promise<string> {
    const { address, privateKey } = walletOf(key);
    const path = this.#path(address);
    if (existsSync(path)) throw consoleError("CONSOLE_ACCOUNT", `account ${address} is already in ${this.folder}`);
    const text = await encryptKeystoreJson({ address, privateKey }, password, { scrypt: { N: this.#scryptN } });
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    return address;
  }

  /** The private key of an account. */
  async open(address: string, password: string): Promise<string> {
    if (!isAddress(address)) throw consoleError("CONSOLE_INPUT", `${shown(address)} is not an address`);
    const path = this.#path(getAddress(address));
    if (!existsSync(path)) throw consoleError("CONSOLE_ACCOUNT", `no account ${address} in ${this.folder}`);
    try {
      const wallet = await Wallet.fromEncryptedJson(readFileSync(path, "utf8"), password);
      return wallet.privateKey;
    } catch {
      throw consoleError("CONSOLE_ACCOUNT", `the password does not open ${path}`);
    }
  }

  #path(address: string): string {
    return join(this.folder, `${address}.json`);
  }
}

export function walletOf(key: string): Wallet {
  try {
    return new Wallet(key);
  } catch {
    throw consoleError("CONSOLE_INPUT", "a private key is 0x and 64 hex digits");
  }
}
