// `gradlab lab`, a browser → times in the page, memory of the server's processes.
export { type Lab, startLab } from "./start.js";
export { openNotebook, openWindow, roundTrips, startBrowser } from "./page.js";
export { buildAnew } from "./build.js";
