// Graph, Program → what a person can see of them: text, pictures.
export { graphDot, graphMermaid } from "./graph-text.js";
export { graphPicture } from "./graph-picture.js";
export { printGraph } from "./print-graph.js";
export type { GraphSource, PictureOptions } from "./source.js";
