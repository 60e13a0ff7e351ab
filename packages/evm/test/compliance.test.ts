import { describeEvm } from "@fb/compliance/evm";
import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";

describeEvm("wasm", async () => createEvm({ suite: await createCryptoSuite() }));
