/** Checks that an op makes before anything is dispatched; every message names both sides. */
import { type Shape, show, type Tensor } from "./tensor.ts"

const DIMENSIONS: Record<number, string> = { 1: "[C]", 2: "[N,F]", 4: "[N,C,H,W]" }

/** @throws unless the tensor has so many dimensions. */
export function checkRank(op: string, name: string, tensor: Tensor, rank: number): void {
  if (tensor.shape.length === rank) return
  const form = DIMENSIONS[rank] ? ` like ${DIMENSIONS[rank]}` : ""
  throw new Error(`${op}: ${name} is ${show(tensor.shape)}, expected ${rank} dimensions${form}`)
}

/** @throws unless the tensor has just this shape. */
export function checkShape(op: string, name: string, tensor: Tensor, shape: Shape, why: string): void {
  if (show(tensor.shape) === show(shape)) return
  throw new Error(`${op}: ${name} is ${show(tensor.shape)}, ${why} wants ${show(shape)}`)
}

/** @throws unless a layer's input of that shape is [N,C,H,W] with so many channels. */
export function checkChannels(layer: string, shape: Shape, channels: number): void {
  if (shape.length === 4 && shape[1] === channels) return
  throw new Error(`${layer}: the input is ${show(shape)}, the layer expects [N,${channels},H,W]`)
}

/** @throws unless the option is a whole number of at least `least`. */
export function checkWhole(op: string, option: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new Error(`${op}: ${option} is ${value}, expected a whole number of ${least} or more`)
}

/** @throws unless the option is a finite number. */
export function checkNumber(op: string, option: string, value: number): void {
  if (Number.isFinite(value)) return
  throw new Error(`${op}: ${option} is ${value}, expected a number`)
}

/** @throws unless each number that the host gave fits; those that an op computed are unknown. */
export function checkGiven(
  op: string,
  name: string,
  { given }: Tensor,
  fits: (value: number) => boolean,
  expected: string,
): void {
  const at = given?.findIndex((value) => !fits(value)) ?? -1
  if (given && at >= 0) throw new Error(`${op}: ${name}[${at}] is ${given[at]}, expected ${expected}`)
}

/**
 * Output extent of a sliding window, floor((extent + 2 padding - d (kernel - 1) - 1) / stride) + 1
 * where d is the dilation.
 *
 * @throws when the window is larger than the padded input.
 */
export function windowOutput(
  op: string,
  extent: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation = 1,
): number {
  const out = Math.floor((extent + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1
  if (out >= 1) return out
  const dilated = dilation > 1 ? ` with dilation ${dilation}` : ""
  throw new Error(`${op}: a kernel of ${kernel}${dilated} does not fit an input of ${extent} with padding ${padding}`)
}
