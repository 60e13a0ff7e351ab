import { library } from "../../tools/build/tsup.ts";

export default library({
  index: "src/index.ts",
  rocksdb: "src/rocksdb/index.ts",
  mysql: "src/mysql/index.ts",
  memory: "src/memory/index.ts",
  state: "src/state/index.ts",
});
