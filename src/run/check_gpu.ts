/** The device that functions of "cnn/node" take first. */
import { TensorGpu } from "../tensor/tensor_gpu.ts"

/** @throws unless both arguments are what they must be, as when they change places */
export function checkGpuAndFile(call: string, gpu: unknown, file: unknown): void {
  const wanted = `expected ${call}(gpu, file), with gpu from await openGpu()`
  if (!(gpu instanceof TensorGpu)) throw new Error(`${call}: the first argument is ${kind(gpu)}; ${wanted}`)
  if (typeof file !== "string") throw new Error(`${call}: the second argument is ${kind(file)}; ${wanted}`)
}

function kind(value: unknown): string {
  if (typeof value === "string") return `"${value}"`
  if (value instanceof Promise) return "a promise, which lacks its await"
  return value?.constructor ? `of type ${value.constructor.name}` : String(value)
}
