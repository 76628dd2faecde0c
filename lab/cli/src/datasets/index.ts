// Name → Folder: the larger data sets, fetched when they are asked for.
export { addDataset, type AddOptions } from "./add.js";
export { CATALOGUE, type CatalogueEntry } from "./catalogue.js";
export { datasetFolder, datasetsFolder, isAdded } from "./folders.js";
export { registryOf } from "./registry.js";
