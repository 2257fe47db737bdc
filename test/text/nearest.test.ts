import { expect, it } from "vitest"
import { didYouMean, nearest } from "../../src/text/nearest.ts"

const OPTIMIZERS = ["adam", "adamw", "sgd", "momentum", "nesterov", "rmsprop"]

it.each([
  ["adm", OPTIMIZERS, "adam"],
  ["Adam", OPTIMIZERS, "adam"],
  ["SDG", OPTIMIZERS, undefined],
  ["sg", OPTIMIZERS, "sgd"],
  ["moment", OPTIMIZERS, "momentum"],
  ["nesterow", OPTIMIZERS, "nesterov"],
  ["quux", OPTIMIZERS, undefined],
  ["x", ["y"], undefined],
  ["", OPTIMIZERS, undefined],
  ["trian", ["train", "tune"], "train"],
  ["conv2d_back", ["conv2d_backward_weight", "conv2d_backward_bias"], "conv2d_backward_bias"],
  ["GRAD_CAM", ["Grad_Cam"], "Grad_Cam"],
])("%j of %j is nearest to %j", (typed, names, meant) => {
  expect(nearest(typed, names)).toBe(meant)
  expect(didYouMean(typed, names)).toBe(meant === undefined ? "" : ` Did you mean ${meant}?`)
})
