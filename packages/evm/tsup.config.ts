import { library } from "../../tools/build/tsup.ts";

export default library({ index: "src/index.ts", reference: "src/reference/index.ts", tracing: "src/tracing/index.ts" });
