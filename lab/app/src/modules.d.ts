declare module "*.svg" {
  const text: string;
  export default text;
}
declare module "*.css";
declare module "#extensions/lab.js" {
  import type { ExtensionModule } from "./pages/plugins.js";
  export const extensions: readonly ExtensionModule[];
  export const mimeExtensions: readonly ExtensionModule[];
}
declare module "#extensions/notebook.js" {
  import type { Choices, ExtensionModule } from "./pages/plugins.js";
  export const extensions: readonly ExtensionModule[];
  export const mimeExtensions: readonly ExtensionModule[];
  export const everywhere: Choices;
  export const pages: Readonly<Record<string, Choices>>;
}
