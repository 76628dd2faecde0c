// Seed → Tasks with solutions and tests.
export {
  CODE_FAMILIES,
  type CodeLanguage,
  type CodeOptions,
  type CodeTask,
  generateCode,
} from "./generate-code.js";
