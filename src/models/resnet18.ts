import { BatchNorm2d } from "../layers/batch_norm2d.ts"
import { GlobalAvgPool } from "../layers/global_avg_pool.ts"
import { glorotUniform } from "../layers/init.ts"
import { Dense } from "../layers/matmul/dense.ts"
import { MaxPool2d } from "../layers/max_pool2d.ts"
import { ReLU } from "../layers/relu.ts"
import { Residual } from "../layers/residual.ts"
import { Sequential } from "../layers/sequential.ts"
import { convolution } from "./convolution.ts"
import { defineNetwork } from "./define_network.ts"

/**
 * ResNet-18 with torchvision's names, shapes and numerics, for gray images: 17 convolutions, 16 of
 * them in eight residual blocks. K. He et al., 2016, https://arxiv.org/abs/1512.03385;
 * https://pytorch.org/vision/stable/models/generated/torchvision.models.resnet18.html
 */
export const resnet18 = defineNetwork({
  name: "resnet18",
  size: 64,
  fileSize: 224,
  // The last feature map is 32 times as small.
  minSize: 32,
  build: (_size, outputs) =>
    new Sequential({
      ...{ conv1: convolution(1, 64, 7, { stride: 2 }), bn1: new BatchNorm2d(64), relu: new ReLU() },
      maxpool: new MaxPool2d({ kernel: 3, stride: 2, padding: 1 }),
      layer1: new Sequential(block(64, 64), block(64, 64)),
      layer2: new Sequential(block(64, 128, 2), block(128, 128)),
      layer3: new Sequential(block(128, 256, 2), block(256, 256)),
      layer4: new Sequential(block(256, 512, 2), block(512, 512)),
      avgpool: new GlobalAvgPool(),
      fc: new Dense(512, outputs, { init: glorotUniform }),
    }),
})

function block(from: number, to: number, stride = 1): Residual {
  const body = new Sequential({
    ...{ conv1: convolution(from, to, 3, { stride }), bn1: new BatchNorm2d(to), relu: new ReLU() },
    ...{ conv2: convolution(to, to, 3), bn2: new BatchNorm2d(to) },
  })
  const shortcut = new Sequential(convolution(from, to, 1, { stride }), new BatchNorm2d(to))
  return new Residual(body, stride === 1 ? undefined : shortcut, { relu: true })
}
