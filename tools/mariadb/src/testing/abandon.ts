import { startMariadb } from "../server.ts";

// A process that is killed while its server hangs.
const server = await startMariadb();
server.pause();
console.log(JSON.stringify({ folder: server.folder, port: server.port }));
setInterval(() => undefined, 1_000);
