import { describeEvm } from "@fb/compliance/evm";
import { createCryptoSuite } from "@fb/crypto";
import { createReferenceEvm } from "./reference-evm.ts";

describeEvm("reference", async () => createReferenceEvm(await createCryptoSuite()));
