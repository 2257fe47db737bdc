/**
 * The package "cnn/node": image folders, weights files, ONNX and checkpoints. Beside "cnn", for
 * Node only.
 */

export { type LoadOptions, loadFolder } from "./data/load.ts"
export { imageAt } from "./data/pixels.ts"
export { decodeImage, type Image, ImageError, readImage } from "./data/read_image.ts"
export { type HeatmapOptions, heatmap } from "./explain/heatmap.ts"
export { toOnnx } from "./export/to_onnx.ts"
export { Checkpoints } from "./run/checkpoints.ts"
export { type Prediction as MeanPrediction, Predictor, type PredictorOptions } from "./run/predictor.ts"
export { type Resumable, type ResumableOptions, resumable } from "./run/resumable.ts"
export { loadNetwork, saveNetwork, type Trained } from "./run/saved_network.ts"
export type { Member } from "./weights/member.ts"
