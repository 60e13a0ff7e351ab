import { library } from "../../tools/build/tsup.ts";

export default library({ index: "src/index.ts", calls: "src/calls/index.ts" });
