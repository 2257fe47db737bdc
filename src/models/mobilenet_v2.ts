import { BatchNorm2d } from "../layers/batch_norm2d.ts"
import type { Conv2dOptions } from "../layers/conv2d/conv2d.ts"
import { Dropout } from "../layers/dropout.ts"
import { GlobalAvgPool } from "../layers/global_avg_pool.ts"
import { glorotUniform } from "../layers/init.ts"
import { Dense } from "../layers/matmul/dense.ts"
import type { Module } from "../layers/module.ts"
import { ReLU6 } from "../layers/relu6.ts"
import { Residual } from "../layers/residual.ts"
import { Sequential } from "../layers/sequential.ts"
import { convolution } from "./convolution.ts"
import { defineNetwork } from "./define_network.ts"

/** Rows of blocks: how many times wider inside, channels, number, stride of the first. */
const ROWS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
]

/**
 * MobileNetV2 with torchvision's names, shapes and numerics, for gray images: convolutions with a
 * 3x3 kernel see one channel each, those with 1x1 join the channels. M. Sandler et al., 2018,
 * https://arxiv.org/abs/1801.04381;
 * https://pytorch.org/vision/stable/models/generated/torchvision.models.mobilenet_v2.html
 */
export const mobilenet_v2 = defineNetwork({
  name: "mobilenet_v2",
  size: 64,
  fileSize: 224,
  // The last feature map is 32 times as small.
  minSize: 32,
  build(_size, outputs) {
    const features: Module[] = [normed(1, 32, 3, { stride: 2 })]
    let from = 32
    for (const [wider, to, count, stride] of ROWS)
      for (let i = 0; i < count; i++) {
        features.push(block(from, to, wider, i === 0 ? stride : 1))
        from = to
      }
    return new Sequential({
      features: new Sequential(...features, normed(from, 1280, 1)),
      avgpool: new GlobalAvgPool(),
      classifier: new Sequential(new Dropout({ p: 0.2 }), new Dense(1280, outputs, { init: glorotUniform })),
    })
  },
})

const normed = (from: number, to: number, kernel: number, options?: Conv2dOptions): Sequential =>
  new Sequential(convolution(from, to, kernel, options), new BatchNorm2d(to), new ReLU6())

/** An inverted residual: narrow between blocks, wide inside. */
function block(from: number, to: number, wider: number, stride: number): Module {
  const wide = from * wider
  const conv = new Sequential(
    ...(wider === 1 ? [] : [normed(from, wide, 1)]),
    ...[normed(wide, wide, 3, { stride, groups: wide }), convolution(wide, to, 1), new BatchNorm2d(to)],
  )
  const body = new Sequential({ conv })
  return stride === 1 && from === to ? new Residual(body) : body
}
