import { Conv2d } from "../layers/conv2d/conv2d.ts"
import { Dropout } from "../layers/dropout.ts"
import { Flatten } from "../layers/flatten.ts"
import { glorotUniform } from "../layers/init.ts"
import { Dense } from "../layers/matmul/dense.ts"
import { MaxPool2d } from "../layers/max_pool2d.ts"
import { ReLU } from "../layers/relu.ts"
import { Sequential } from "../layers/sequential.ts"
import { defineNetwork } from "./define_network.ts"

/**
 * The reference network: three valid 3x3 convolutions, each with ReLU and a 2x2 max-pool, and a
 * dense layer of 128.
 */
export const reference = defineNetwork({
  name: "reference",
  size: 128,
  minSize: 22,
  build(size, outputs) {
    const side = [32, 64, 128].reduce((extent) => Math.floor((extent - 2) / 2), size)
    return new Sequential(
      ...[new Conv2d(1, 32, { kernel: 3 }), new ReLU(), new MaxPool2d({ kernel: 2 })],
      ...[new Conv2d(32, 64, { kernel: 3 }), new ReLU(), new MaxPool2d({ kernel: 2 })],
      ...[new Conv2d(64, 128, { kernel: 3 }), new ReLU(), new MaxPool2d({ kernel: 2 })],
      new Flatten(),
      ...[new Dense(128 * side * side, 128), new ReLU(), new Dropout({ p: 0.5 })],
      new Dense(128, outputs, { init: glorotUniform }),
    )
  },
})
