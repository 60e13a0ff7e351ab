import { createCryptoSuite } from "@fb/crypto";
import { describeEvm } from "@fb/compliance/evm";
import { createReferenceEvm } from "./reference-evm.ts";

describeEvm("reference", async () => createReferenceEvm(await createCryptoSuite()));
