// API path → Bytes: files as they are, for downloads and for images in notebooks.
export { attachment, fileRoutes } from "./routes.js";
