// Built front end → Files and pages' ingredients: what lab/app's build left in its dist folder.
export { FrontEnd, type PageRecord } from "./front-end.js";
export { frontEndRoutes } from "./routes.js";
