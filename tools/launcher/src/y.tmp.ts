import { nodesOf } from "@fb/testkit";

for (const n of nodesOf(process.argv[2]!)) await n.stop();
