import { startLabServer } from "gradlab-lab-server";

// A server of its own process, for tests that end it in every way. argv: folder for root, data and config.
const [folder] = process.argv.slice(2);
const server = await startLabServer({
  root: `${folder}/root`,
  port: 0,
  dataFolder: `${folder}/data`,
  configFolder: `${folder}/config`,
});
process.on("SIGTERM", () => void server.close().then(() => process.exit(0)));
console.log(JSON.stringify({ address: server.address, token: server.token }));
