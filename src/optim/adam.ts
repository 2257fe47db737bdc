import type { Parameter } from "../tensor/parameters.ts"
import { Optimizer } from "./optimizer.ts"

export interface AdamOptions {
  /** Learning rate, 1e-3 by default. */
  lr?: number
  /** Decay of the running means of the gradient and of its square. */
  betas?: readonly [number, number]
  eps?: number
  /** Adam adds weightDecay * p to the gradient; AdamW shrinks p by lr * weightDecay instead. */
  weightDecay?: number
}

/**
 * Adam, D. P. Kingma and J. Ba, 2014, https://arxiv.org/abs/1412.6980, in PyTorch's form:
 *
 * m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 -
 * b2^t) + eps)
 *
 * https://pytorch.org/docs/stable/generated/torch.optim.Adam.html
 */
export class Adam extends Optimizer {
  readonly #options: Required<Omit<AdamOptions, "lr">>
  /** Whether weight decay acts on the parameter itself (AdamW) instead of on the gradient. */
  protected readonly decoupled: boolean = false

  constructor(
    parameters: readonly Parameter[],
    { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 }: AdamOptions = {},
  ) {
    super(parameters, lr, ["m", "v"])
    this.#options = { betas, eps, weightDecay }
  }

  protected override kernel() {
    return { name: "adam", consts: { DECOUPLED: this.decoupled } }
  }

  protected override hyper(): number[] {
    const { eps, weightDecay } = this.#options
    const { 0: beta1, 1: beta2 } = this.#options.betas
    // The corrections in float64: 1 - beta2^t loses digits in float32.
    const stepSize = this.lr / (1 - beta1 ** this.steps)
    const scale = 1 / Math.sqrt(1 - beta2 ** this.steps)
    const decay = this.decoupled ? 1 - this.lr * weightDecay : weightDecay
    return [stepSize, scale, beta1, beta2, eps, decay, 1 - beta1, 1 - beta2]
  }
}

/**
 * Adam with decoupled weight decay (0.01 by default), I. Loshchilov and F. Hutter, 2017,
 * https://arxiv.org/abs/1711.05101
 *
 * https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
export class AdamW extends Adam {
  protected override readonly decoupled = true

  constructor(parameters: readonly Parameter[], { weightDecay = 0.01, ...rest }: AdamOptions = {}) {
    super(parameters, { weightDecay, ...rest })
  }
}
