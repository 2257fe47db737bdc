/** The optimiser and the learning-rate schedule that a config asks for. */
import { Adam, AdamW } from "../optim/adam.ts"
import type { Optimizer } from "../optim/optimizer.ts"
import { RMSprop } from "../optim/rmsprop.ts"
import { constant, cosine, oneCycle, type Schedule, stepDecay, warmUp } from "../optim/schedule.ts"
import { SGD } from "../optim/sgd.ts"
import type { Parameter } from "../tensor/parameters.ts"
import type { OptimizerName, ScheduleName, TrainConfig } from "./config.ts"

type Recipe = Pick<TrainConfig, "optimizer" | "lr" | "weightDecay" | "schedule" | "epochs">

export function makeOptimizer({ optimizer, lr, weightDecay }: Recipe, parameters: readonly Parameter[]): Optimizer {
  const makers: Record<OptimizerName, () => Optimizer> = {
    adam: () => new Adam(parameters, { lr, weightDecay }),
    adamw: () => new AdamW(parameters, { lr, weightDecay }),
    sgd: () => new SGD(parameters, { lr, weightDecay }),
    momentum: () => new SGD(parameters, { lr, weightDecay, momentum: 0.9 }),
    nesterov: () => new SGD(parameters, { lr, weightDecay, momentum: 0.9, nesterov: true }),
    rmsprop: () => new RMSprop(parameters, { lr, weightDecay }),
  }
  return makers[optimizer]()
}

/** Over all updates of a fold: so many epochs of `batchesPerEpoch`. */
export function makeSchedule({ schedule, lr, epochs }: Recipe, batchesPerEpoch: number): Schedule {
  const total = epochs * batchesPerEpoch
  const makers: Record<ScheduleName, () => Schedule> = {
    constant: () => constant(lr),
    step: () => stepDecay(lr, { every: Math.ceil(total / 3) }),
    cosine: () => cosine(lr, { total }),
    "one-cycle": () => oneCycle(lr, { total }),
    "warm-up": () => warmUp(cosine(lr, { total }), { steps: Math.ceil(total / 20) }),
  }
  return makers[schedule]()
}
