import { createCryptoSuite } from "@fb/crypto";
import { createEvm } from "@fb/evm";
import { describeEvm } from "@fb/types/testing";

describeEvm("wasm", async () => createEvm({ suite: await createCryptoSuite() }));
