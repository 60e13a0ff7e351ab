import { library } from "../../tools/build/tsup.ts";

export default library({ index: "src/index.ts", native: "src/native.ts", portable: "src/portable.ts" });
