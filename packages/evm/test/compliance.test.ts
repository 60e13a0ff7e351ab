import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { describeEvm } from "@fb/compliance/evm";

describeEvm("wasm", async () => createEvm({ suite: await createCryptoSuite() }));
