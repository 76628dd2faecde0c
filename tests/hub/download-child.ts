// A download in a process of its own, to be killed: node download-child.js REPO
import { downloadModel } from "gradlab/internal/hub";

const job = downloadModel(process.argv[2]);
job.on("file", ({ name, from }) => process.send?.({ name, from }));
job.on("progress", ({ bytes }) => process.send?.({ bytes }));
const { folder } = await job;
process.send?.({ folder });
process.disconnect?.();
