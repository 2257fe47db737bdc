/**
 * The package "cnn": tensors, layers, optimisers, training, metrics and heatmaps. Runs in Node and
 * in browsers; what reads and writes files is in "cnn/node".
 */

export type { Dataset } from "./data/dataset.ts"
export { folds, type Splittable } from "./data/folds.ts"
export { type PhantomSet, phantom } from "./data/phantom.ts"
export { averagePrecision, rocAuc } from "./eval/auc.ts"
export type { BootstrapOptions } from "./eval/bootstrap.ts"
export {
  type Answered,
  type DetectionEvaluation,
  type Evaluation,
  evaluate,
  type Metric,
  type Metrics,
  type TypesEvaluation,
} from "./eval/evaluation.ts"
export { type Answers, type BinaryMetrics, binaryMetrics, type TypeMetrics, typeMetrics } from "./eval/metrics.ts"
export { type Patients, patients } from "./eval/patients.ts"
export type { ExplainedNetwork } from "./explain/cam_explainer.ts"
export { gradCam, layerCam } from "./explain/class_activation.ts"
export { type ExplainOptions, explain } from "./explain/explainer.ts"
export type { AdapterInfo, DeviceOptions } from "./gpu/adapter.ts"
export type { Compiled } from "./gpu/pipelines.ts"
export type { Recording } from "./gpu/recording.ts"
export type { Timing } from "./gpu/trace.ts"
export { type AugmentRanges, augment, drawTransform, type Normalisation, type Transform } from "./layers/augment.ts"
export * from "./layers/index.ts"
export { defineNetwork, type NetworkDefinition, type NetworkOptions } from "./models/define_network.ts"
export { Adam, type AdamOptions, AdamW } from "./optim/adam.ts"
export { clipGradNorm } from "./optim/clip.ts"
export { Optimizer, type OptimizerState } from "./optim/optimizer.ts"
export { RMSprop, type RMSpropOptions } from "./optim/rmsprop.ts"
export * as schedules from "./optim/schedule.ts"
export { SGD, type SGDOptions } from "./optim/sgd.ts"
export { type Case as GradcheckCase, gradcheck, type Plain } from "./tensor/gradcheck.ts"
export type { Parameter } from "./tensor/parameters.ts"
export { op } from "./tensor/tape.ts"
export { type Shape, Tensor } from "./tensor/tensor.ts"
export { openGpu, type TensorGpu } from "./tensor/tensor_gpu.ts"
export type { TrainConfig } from "./train/config.ts"
export { type CrossValidation, crossValidate } from "./train/cross_validation.ts"
export { defaultConfig } from "./train/defaults.ts"
export type { EpochRow, TrainEvent } from "./train/events.ts"
export type { FinishedFold, FoldResult, Prediction } from "./train/fold.ts"
export { outOfFold } from "./train/out_of_fold.ts"
export { type Metadata, readSafetensors, writeSafetensors } from "./weights/safetensors.ts"
export { snapshot, type Weights } from "./weights/weights.ts"
