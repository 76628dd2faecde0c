// Seed → Rows
export type { SyntheticOptions } from "./draw-unique.js";
export {
  CODE_FAMILIES,
  type CodeLanguage,
  type CodeOptions,
  type CodeTask,
  generateCode,
} from "./codegym/index.js";
export {
  type ArithmeticOperation,
  type ArithmeticOptions,
  type ArithmeticRow,
  generateArithmetic,
} from "./generate-arithmetic.js";
export { DIALOGUE_INTENTS, type DialogueRow, generateDialogues } from "./generate-dialogues.js";
export {
  type ExtractionRow,
  type ExtractionSchema,
  type FieldSchema,
  generateExtraction,
} from "./generate-extraction.js";
export {
  generateInstructions,
  type InstructionOptions,
  type InstructionRow,
  type InstructionSource,
} from "./generate-instructions.js";
