import type { Parameter } from "../tensor/parameters.ts"
import { Optimizer } from "./optimizer.ts"

export interface SGDOptions {
  /** Learning rate, 1e-3 by default. */
  lr?: number
  momentum?: number
  /** Look ahead along the momentum; needs one. */
  nesterov?: boolean
  /** Added to the gradient as weightDecay * p. */
  weightDecay?: number
}

/**
 * Stochastic gradient descent: u = momentum u + g, p -= lr u, with Nesterov's p -= lr (g + momentum
 * u).
 *
 * https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export class SGD extends Optimizer {
  readonly #options: Required<Omit<SGDOptions, "lr">>

  constructor(
    parameters: readonly Parameter[],
    { lr = 1e-3, momentum = 0, nesterov = false, weightDecay = 0 }: SGDOptions = {},
  ) {
    if (nesterov && momentum <= 0) throw new Error(`SGD: nesterov needs a momentum over 0, got ${momentum}`)
    super(parameters, lr, ["u"])
    this.#options = { momentum, nesterov, weightDecay }
  }

  protected override kernel() {
    return { name: "sgd", consts: { NESTEROV: this.#options.nesterov } }
  }

  protected override hyper(): number[] {
    return [this.lr, this.#options.momentum, this.#options.weightDecay]
  }
}
