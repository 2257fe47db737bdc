/**
 * Grad-CAM and LayerCAM of a network's images, forward and backward from the feature map on;
 * recorded a size of batch.
 */
import type { Dataset } from "../data/dataset.ts"
import { imagesAt } from "../data/pixels.ts"
import type { Sequential } from "../layers/sequential.ts"
import type { Tensor } from "../tensor/tensor.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { batches, batchSizes, imageTensor } from "../train/batches.ts"
import { BySize } from "../train/by_size.ts"
import { inferenceBatch } from "../train/inference.ts"
import type { Member } from "../weights/member.ts"
import { type CamLayer, camLayers, fineLayer, lastLayer, named } from "./cam_layers.ts"
import { gradCam, layerCam } from "./class_activation.ts"
import { towards } from "./towards.ts"
import { upsample } from "./upsample.ts"

const METHODS = {
  "grad-cam": { layer: lastLayer, map: gradCam },
  "layer-cam": { layer: fineLayer, map: layerCam },
}

/** A network on a device, and how its images are normalised; a `Member` is one. */
export interface ExplainedNetwork {
  model: Member["model"]
  info: Pick<Member["info"], "normalisation" | "outputs">
}

export class CamExplainer {
  /** Whose activation is explained. */
  readonly layer: CamLayer
  readonly method: keyof typeof METHODS
  readonly #batch: number
  readonly #steps: BySize<Tensor>
  #indices: readonly number[] = []
  #labels: readonly number[] = []

  /** @throws where the network has no feature map of that name */
  constructor(
    readonly gpu: TensorGpu,
    readonly member: ExplainedNetwork,
    readonly data: Pick<Dataset, "pixels" | "size">,
    {
      method,
      layer,
      batch = inferenceBatch(data.size),
    }: { method: keyof typeof METHODS; layer?: string; batch?: number },
  ) {
    this.method = method
    this.#batch = batch
    const { size } = data
    const layers = camLayers(member.model, [1, 1, size, size])
    this.layer = layer === undefined ? METHODS[method].layer(layers) : named(layers, layer)
    this.#steps = new BySize(gpu, (n) => this.#ops(n))
  }

  /** See `Explainer`. */
  async maps(indices: readonly number[], labels: readonly number[]): Promise<Float32Array[]> {
    const { size } = this.data
    const out: Float32Array[] = []
    for (const part of batches(indices, this.#batch)) {
      this.#indices = part
      this.#labels = labels.slice(out.length, out.length + part.length)
      const values = await this.#steps.run(part.length).read()
      this.gpu.endStep()
      for (let i = 0; i < part.length; i++) out.push(values.slice(i * size * size, (i + 1) * size * size))
    }
    return out
  }

  /** See `Explainer`. */
  allSteps(count: number): void {
    for (const n of batchSizes(count, this.#batch)) {
      this.gpu.keepResult(this.#ops(n))
      this.gpu.endStep()
    }
  }

  /** [n, size, size] */
  #ops(n: number): Tensor {
    const { gpu, data, layer, method } = this
    const { model, info } = this.member
    model.eval()
    const [features, rest] = model.split(layer.at)
    const x = imageTensor(gpu, data.size, n, () => imagesAt(data, this.#indices), info.normalisation)
    const a = gpu.noGrad(() => features.forward(x))
    a.requiresGrad = true
    withoutParameters(model, () => {
      const logits = rest.forward(a)
      const dy = () => this.#labels.flatMap((label) => towards(label, info.outputs))
      logits.backward(gpu.tensor(logits.shape, dy, { requiresGrad: false }))
    })
    return upsample(METHODS[method].map(a, a.grad!), data.size, data.size)
  }
}

/** Gradients of activations alone are asked for: none of weights is computed meanwhile. */
function withoutParameters(model: Sequential, body: () => void): void {
  const before = model.parameters().filter(({ requiresGrad }) => requiresGrad)
  for (const parameter of before) parameter.requiresGrad = false
  try {
    body()
  } finally {
    for (const parameter of before) parameter.requiresGrad = true
  }
}
