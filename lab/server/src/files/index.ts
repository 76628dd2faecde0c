// API path → Bytes: files as they are, for downloads and for images in notebooks.
export { fileRoutes } from "./routes.js";
