import { TABLES } from "@fb/storage-amdb";
import { PRECOMPILED_CODES } from "@fb/types";
import type { AbiValue } from "./abi.ts";
import { mayWrite } from "./access.ts";
import { isConfigValue } from "./config-keys.ts";
import type { Steps, SystemContract } from "./definition.ts";
import type { SystemSession } from "./session.ts";
import { refuse } from "./stop.ts";

const MAX_KEY_BYTES = 64;

/** SystemConfig (0x1000): limits of the group, each with the height from which a value counts. */
export const systemConfigContract: SystemContract = {
  address: "0000000000000000000000000000000000001000",
  functions: [
    {
      name: "setValueByKey",
      inputs: ["string", "string"],
      outputs: ["int256"],
      writes: true,
      *run(session, [key, value]) {
        return [yield* setValue(session, (key as string).toLowerCase(), value as string)];
      },
    },
    {
      // The newest value, which may count from the next height only, and the height it counts from.
      name: "getValueByKey",
      inputs: ["string"],
      outputs: ["string", "uint256"],
      writes: false,
      *run(session, [key]) {
        const name = (key as string).toLowerCase();
        if (name.length > MAX_KEY_BYTES) refuse("no such key");
        const newest = (yield* session.rows(TABLES.config, name)).at(-1);
        if (newest === undefined) refuse("no such key");
        return [newest["value"]!, BigInt(newest["enable_num"]!)];
      },
    },
  ],
};

function* setValue(session: SystemSession, key: string, value: string): Steps<AbiValue> {
  if (!isConfigValue(key, value)) return PRECOMPILED_CODES.badConfigValue;
  if (!(yield* mayWrite(session, TABLES.config))) return PRECOMPILED_CODES.permissionDenied;
  const newest = (yield* session.rows(TABLES.config, key)).at(-1);
  const enableNumber = String(session.enableNumber);
  // Values are kept with their heights, so that every old block can be checked under the limits of its time.
  if (newest?.["enable_num"] === enableNumber)
    session.update(TABLES.config, key, "enable_num", enableNumber, { value });
  else session.insert(TABLES.config, key, { value, enable_num: enableNumber });
  session.emit({
    signature: "ConfigChanged(address,string,string,uint256)",
    indexed: [session.caller],
    types: ["string", "string", "uint256"],
    values: [key, value, BigInt(session.enableNumber)],
  });
  return 1n;
}
