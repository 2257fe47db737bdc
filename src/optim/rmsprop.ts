import type { Parameter } from "../tensor/parameters.ts"
import { Optimizer } from "./optimizer.ts"

export interface RMSpropOptions {
  /** Learning rate, 1e-2 by default. */
  lr?: number
  /** Decay of the running mean of the squared gradient. */
  alpha?: number
  eps?: number
  momentum?: number
  /** Added to the gradient as weightDecay * p. */
  weightDecay?: number
}

/**
 * RMSprop, G. Hinton's lecture 6e: v = alpha v + (1 - alpha) g^2, u = momentum u + g / (sqrt(v) +
 * eps), p -= lr u
 *
 * https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
 */
export class RMSprop extends Optimizer {
  readonly #options: Required<Omit<RMSpropOptions, "lr">>

  constructor(
    parameters: readonly Parameter[],
    { lr = 1e-2, alpha = 0.99, eps = 1e-8, momentum = 0, weightDecay = 0 }: RMSpropOptions = {},
  ) {
    super(parameters, lr, ["v", "u"])
    this.#options = { alpha, eps, momentum, weightDecay }
  }

  protected override kernel() {
    return { name: "rmsprop" }
  }

  protected override hyper(): number[] {
    const { alpha, eps, momentum, weightDecay } = this.#options
    return [this.lr, alpha, eps, momentum, weightDecay, 1 - alpha]
  }
}
