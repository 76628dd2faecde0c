// Graph → Artifact: functions and models as ONNX files that run without gradlab.
export {
  exportOnnx,
  type ExportOnnxOptions,
  type OnnxDType,
  type OnnxExport,
  type OnnxPort,
} from "./export-onnx.js";
export { exportModel, type ExportModelOptions, type ModelExport } from "./export-model.js";
export type { ExportableModel } from "./forms.js";
