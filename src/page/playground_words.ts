/** What there is to see in the playground, beside it. */
import { el } from "./dom.ts"

const link = (page: string, text: string) => el("a", { href: `docs/${page}.html`, target: "_blank" }, text)

export const playgroundWords = (): HTMLElement =>
  el(
    "details",
    { open: true, className: "words" },
    el("summary", {}, "What there is to see"),
    el(
      "p",
      {},
      "Each step shows the network 16 drawn radiographs, compares its answers with the truth (the ",
      link("bce", "loss"),
      "), asks how each weight would have to change for a smaller loss (",
      link("tape", "backward"),
      ") and changes all of them a little (",
      link("adam", "the optimiser"),
      "). The learning rate says how little.",
    ),
    el(
      "p",
      {},
      "For some dozens of steps nothing seems to happen: the loss stays near 0.69, which is that of a coin. Then channels light up along the bones and at the break, and the loss falls. What counts is the loss of the images that are held back (",
      link("cross_validation", "validation"),
      "). With the network small it jumps up and down, as ",
      link("batch_norm2d", "batch norm"),
      " learns the usual mean and spread later than the weights change; where it rises while the other one falls, the network overfits.",
    ),
    el("p", {}, "Try a learning rate of 1, and one of 0.0001; try sgd in place of adam."),
  )
