import { Wallet } from "ethers";
import type { CommandSpec } from "../command.ts";
import { consoleError } from "../errors.ts";
import { readText, shown } from "../files.ts";
import { walletOf } from "../keystore.ts";
import { fields, rows, value } from "../view.ts";

export const accountCommands: readonly CommandSpec[] = [
  {
    name: "newAccount",
    section: "Accounts",
    summary: "makes a key and keeps it encrypted in the keystore folder",
    async run(session) {
      const password = await session.passwords.askNew("for the new account");
      const address = await session.keystore.add(Wallet.createRandom().privateKey, password);
      return fields({ address, keystore: session.keystore.folder });
    },
  },
  {
    name: "listAccount",
    alias: "accounts",
    section: "Accounts",
    summary: "accounts of the keystore; the current one is marked",
    async run(session) {
      const current = session.currentAccount();
      const accounts = session.keystore.list();
      const all = current === null || accounts.includes(current) ? accounts : [current, ...accounts];
      const cells = all.map((address) => [address === current ? "*" : "", address]);
      return rows({ current, accounts: all }, ["", "address"], cells, "no accounts: newAccount makes one");
    },
  },
  {
    name: "importAccount",
    section: "Accounts",
    args: "<file>",
    summary: "adds a private key to the keystore, from a file with 64 hex digits or an encrypted JSON",
    details: "The file is read, not changed; delete it yourself. A key is never taken from the command line.",
    fileArgument: true,
    async run(session, [file]) {
      const text = readText(file!).trim();
      if (!text.startsWith("{")) {
        const { privateKey } = walletOf(text.startsWith("0x") ? text : `0x${text}`);
        return value(await session.keystore.add(privateKey, await session.passwords.askNew("for the account")));
      }
      const password = await session.passwords.ask(`of ${file}`);
      const opened = await Wallet.fromEncryptedJson(text, password).catch(() => null);
      if (opened === null) throw consoleError("CONSOLE_ACCOUNT", `the password does not open ${file}`);
      return value(await session.keystore.add(opened.privateKey, password));
    },
  },
  {
    name: "useAccount",
    alias: "loadAccount",
    section: "Session",
    args: "<address>",
    summary: "signs with this account from now on",
    async run(session, [address]) {
      session.useAccount(address!);
      return value(address, `signing with ${address}`);
    },
  },
  {
    name: "switch",
    section: "Session",
    args: "<group>",
    summary: "makes another group the current one",
    async run(session, [group]) {
      if (!/^[0-9]{1,5}$/.test(group!)) throw consoleError("CONSOLE_USAGE", `${shown(group!)} is not a group id`);
      await session.switchGroup(Number(group));
      return value(session.group, `group ${session.group}`);
    },
  },
];
