import type { CommandSpec } from "../command.ts";
import { accountCommands } from "./accounts.ts";
import { chainCommands } from "./chain.ts";
import { contractCommands } from "./contracts.ts";
import { statusCommands } from "./status.ts";

export const ALL_COMMANDS: readonly CommandSpec[] = [
  ...statusCommands,
  ...chainCommands,
  ...contractCommands,
  ...accountCommands,
];
