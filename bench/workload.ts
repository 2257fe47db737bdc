/** What a reference network trains on, and from where: the same for whoever is compared. */
import { existsSync, readFileSync } from "node:fs"
import { PACKAGE } from "../src/files/package.ts"
import { Purpose, Random } from "../src/tensor/random.ts"
import { type Shape, sizeOf } from "../src/tensor/tensor.ts"
import { readSafetensors } from "../src/weights/safetensors.ts"
import type { Weights } from "../src/weights/weights.ts"
import { BATCH, build, type RefNet } from "./refnet.ts"

export interface Workload {
  /** Where the numbers come from, for people. */
  source: string
  /** By PyTorch's names, in its layout. */
  weights: Weights
  /** [N,1,size,size] and [N], zeros and ones. */
  x: { shape: Shape; data: Float32Array }
  y: { shape: Shape; data: Float32Array }
  /** PyTorch's loss before each update, float64, where it is known. */
  losses?: number[]
}

/** Beside the project, on machines that have them. */
const PARITY = new URL("../shared/parity/", PACKAGE)

/** PyTorch's weights, batch and losses where they lie beside the project, else drawn ones. */
export const workloadOf = (net: RefNet, folder = PARITY): Workload =>
  existsSync(folder) ? kept(net, folder) : drawn(net)

function kept(net: RefNet, folder: URL): Workload {
  const file = (end: string) => readFileSync(new URL(`${net.name.toLowerCase()}.${end}`, folder))
  const { tensors } = readSafetensors(file("init.safetensors"))
  const [x, y] = [tensors.get("batch.x")!, tensors.get("batch.y")!]
  const weights = new Map([...tensors].filter(([name]) => !name.startsWith("batch.")))
  const { loss_f64: losses } = JSON.parse(file("json").toString())
  return { source: "PyTorch's", weights, x, y, losses }
}

/** Weights as layers draw them; noise, brighter where the label is 1. */
function drawn(net: RefNet): Workload {
  const weights: Weights = new Map()
  for (const [path, module] of build(net).modules()) {
    for (const [key, { shape, init }] of Object.entries(module.parameterSpecs())) {
      const data = new Float32Array(sizeOf(shape))
      init(data, shape, 0, weights.size)
      weights.set(`${path}.${key}`, { shape, data })
    }
  }
  const random = new Random(0, Purpose.test)
  const y = Float32Array.from({ length: BATCH }, (_, n) => n % 2)
  const pixels = net.size ** 2
  const x = Float32Array.from({ length: BATCH * pixels }, (_, i) => random.normal(y[Math.floor(i / pixels)] - 0.5))
  return {
    source: "drawn",
    weights,
    x: { shape: [BATCH, 1, net.size, net.size], data: x },
    y: { shape: [BATCH], data: y },
  }
}
