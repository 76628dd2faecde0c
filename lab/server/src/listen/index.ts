// Options → Listening socket: HTTP or HTTPS, on the port asked for or the next free one.
export { listen, type Listener } from "./listen.js";
