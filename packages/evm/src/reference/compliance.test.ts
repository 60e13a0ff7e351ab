import { createCryptoSuite } from "@fb/crypto";
import { describeEvm } from "@fb/types/testing";
import { createReferenceEvm } from "./reference-evm.ts";

describeEvm("reference", async () => createReferenceEvm(await createCryptoSuite()));
