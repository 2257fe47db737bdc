/** The held-back images that the network has wrong at the moment, to look into one. */
import { imageAt } from "../data/pixels.ts"
import { el, fill } from "./dom.ts"
import type { Lesson, Validation } from "./lesson.ts"
import { grayCanvas } from "./picture.ts"
import { percent, spoken } from "./wording.ts"

const SHOWN = 8

export class WrongImages {
  readonly element = el("div", { className: "wrong" })

  /** @param choose is given the image that is to be looked at */
  constructor(readonly choose: (index: number) => void) {}

  /** Shows the most confident mistakes first. */
  show({ data, validation }: Lesson, { wrong }: Validation): void {
    const sure = ({ probability }: { probability: number }) => Math.abs(probability - 0.5)
    const first = wrong.toSorted((a, b) => sure(b) - sure(a)).slice(0, SHOWN)
    const buttons = first.map(({ index, probability }) => {
      const truth = spoken(data.classes[data.labels[index]])
      const words = `True: ${truth}. Predicted: ${percent(probability)} % fractured`
      const picture = grayCanvas(imageAt(data, index), data.size, data.size, words)
      const button = el("button", { type: "button", title: words }, picture)
      button.addEventListener("click", () => this.choose(index))
      return button
    })
    const title = `Wrong on ${wrong.length} of ${validation.length} held-back images`
    const group = el("div", { className: "samples", attributes: { role: "group", "aria-label": title } }, ...buttons)
    fill(this.element, el("p", { className: "soft" }, title), group)
  }
}
