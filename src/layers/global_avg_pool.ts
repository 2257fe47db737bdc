/**
 * y[n,c] = 1 / (H*W) * sum_{i,j} x[n,c,i,j]; dx[n,c,i,j] = dy[n,c] / (H*W).
 *
 * x [N,C,H,W]   y [N,C].
 */
import { type Candidate, choose } from "../gpu/plan.ts"
import { checkRank } from "../tensor/check.ts"
import { overRows } from "../tensor/rows.ts"
import { op } from "../tensor/tape.ts"
import type { Shape, Tensor } from "../tensor/tensor.ts"
import type { LayerDescriptor } from "./descriptor.ts"
import { Module } from "./module.ts"

/** y [N,C] is made of so many planes of pixels. */
interface Planes {
  planes: number
  pixels: number
}

const CANDIDATES: Candidate<Planes>[] = [
  {
    // A plane is a block of sum.wgsl, which a workgroup shares: too much ado for a processor.
    name: "sum",
    when: "a GPU",
    applies: ({ kind }) => kind === "gpu",
    plan: (_, { planes, pixels }) => ({
      kernel: "sum",
      params: { n: planes * pixels, scale: 1 / pixels },
      threads: [planes * 64],
      consts: { BLOCK: pixels },
    }),
  },
  {
    name: "plain",
    when: "fits all planes",
    applies: () => true,
    plan: (_, sizes) => ({ kernel: "global_avg_pool", params: { ...sizes }, threads: [sizes.planes], consts: {} }),
  },
]

export const globalAvgPool = op("globalAvgPool", {
  forward(x: Tensor) {
    checkRank("globalAvgPool", "x", x, 4)
    const [n, c, h, w] = x.shape
    const y = x.gpu.empty([n, c])
    overRows([x, y], ([x, y]) =>
      x.gpu.runPlan(choose(CANDIDATES, x.gpu.adapter, { planes: y.size, pixels: h * w })!, { x, y }),
    )
    return y
  },
  backward(dy, _y, x) {
    const [, , h, w] = x.shape
    const dx = x.gradient()
    overRows([dy, dx], ([dy, dx]) =>
      dx.gpu.run("global_avg_pool_backward_input", { dy, dx }, { n: dx.size, pixels: h * w }, [dx.size]),
    )
    return [dx]
  },
})

/** The layer of `globalAvgPool`. */
export class GlobalAvgPool extends Module {
  static readonly descriptor: LayerDescriptor<GlobalAvgPool> = {
    torch: {
      type: "Sequential",
      layers: [
        { name: "0", type: "AdaptiveAvgPool2d", options: { output_size: 1 } },
        { name: "1", type: "Flatten" },
      ],
      layer: () => new GlobalAvgPool(),
    },
    onnx: () => [
      { name: "pool", op: "GlobalAveragePool" },
      { op: "Flatten", inputs: ["pool"] },
    ],
    featureMap: "ends",
    lesson: {
      text: "Takes the mean of each channel: how much of its pattern the image holds, wherever it lies.",
      page: "global_avg_pool",
    },
  }

  override forward(x: Tensor): Tensor {
    return globalAvgPool(x)
  }

  override outputShape([n, c]: Shape): Shape {
    return [n, c]
  }
}
