import { nodesOf } from "@fb/testkit";
import { deployProof } from "./proof.ts";

const nodes = nodesOf("/tmp/c4");
for (const n of nodes) n.start();
await Promise.all(nodes.map((n) => n.ready()));
console.log("ready");
try {
  console.time("proof");
  console.log(await deployProof(nodes, 1));
  console.timeEnd("proof");
  console.time("proof");
  console.log(await deployProof(nodes, 1));
  console.timeEnd("proof");
} catch (e) {
  console.log(e);
}
