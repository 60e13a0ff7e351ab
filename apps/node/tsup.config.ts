import { library } from "../../tools/build/tsup.ts";

export default library(
  {
    main: "src/main.ts",
    "call-worker": "src/workers/call-worker.ts",
    "group-worker": "src/workers/group-worker.ts",
    "rpc-worker": "src/workers/rpc-worker.ts",
  },
  { dts: false },
);
