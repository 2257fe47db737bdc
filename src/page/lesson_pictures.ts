/** What a lesson's network sees and makes of one image, from the picture to the answer. */

import { imageAt } from "../data/pixels.ts"
import { CamExplainer } from "../explain/cam_explainer.ts"
import { Conv2d } from "../layers/conv2d/conv2d.ts"
import { activationsOf } from "./activations.ts"
import { ArithmeticPanel } from "./arithmetic_panel.ts"
import { el, fill } from "./dom.ts"
import { LayerRow } from "./layer_row.ts"
import type { Lesson } from "./lesson.ts"
import { Overlay } from "./overlay.ts"
import { percent, spoken } from "./wording.ts"

export class LessonPictures {
  readonly #input = el("li", { className: "layer input" })
  readonly arithmetic = new ArithmeticPanel()
  readonly layers = el("ol", { className: "layers" })
  readonly #answer = el("p", { className: "answer" })
  #lesson: Lesson | undefined
  #explainer: CamExplainer | undefined
  #overlay: Overlay | undefined
  #rows: LayerRow[] = []
  #index = -1

  /** Shows another lesson's network. */
  use(lesson: Lesson): void {
    this.#lesson = lesson
    const member = { model: lesson.model, info: { normalisation: lesson.norm, outputs: 1 } }
    this.#explainer = new CamExplainer(lesson.gpu, member, lesson.data, { method: "layer-cam" })
    this.#rows = []
    this.#index = -1
  }

  /** Draws the network as it is now, looking at this image of the data. */
  async draw(index: number): Promise<void> {
    const lesson = this.#lesson!
    const activations = await activationsOf(lesson, index)
    if (this.#rows.length === 0) {
      const kinds = activations.map(({ layer }) => layer.constructor)
      const told = (k: number) => kinds.indexOf(kinds[k]) < k
      this.#rows = activations.map((activation, k) => {
        const filters = activation.layer instanceof Conv2d && !told(k)
        return new LayerRow(activation, filters, told(k), (place) => this.arithmetic.choose(k, place))
      })
      fill(this.layers, this.#input, ...this.#rows.map(({ element }) => element))
    }
    for (const [k, activation] of activations.entries()) this.#rows[k].show(activation)
    const weights = new Map<string, Float32Array>()
    for (const [name, tensor] of lesson.model.stateDict()) weights.set(name, (await tensor.read()).slice())
    for (const [k, { name }] of activations.entries()) if (this.#rows[k].filters) this.#showFilters(k, name, weights)
    this.arithmetic.use(activations, weights)
    await this.#showInput(lesson, index)
  }

  #showFilters(row: number, layer: string, weights: ReadonlyMap<string, Float32Array>): void {
    const name = `${layer}.weight`
    this.#rows[row].showFilters(weights.get(name)!, this.#lesson!.model.stateDict().get(name)!.shape)
  }

  async #showInput(lesson: Lesson, index: number): Promise<void> {
    const { data } = lesson
    if (index !== this.#index) {
      this.#overlay = new Overlay(imageAt(data, index), data.size, data.files[index])
      fill(this.#input, this.#overlay.element, this.#answer)
      this.#index = index
    }
    const [map] = await this.#explainer!.maps([index], [1])
    const probability = await lesson.probability(index)
    this.#overlay!.show({ map, label: spoken(data.classes[1]), probability })
    const truth = spoken(data.classes[data.labels[index]])
    fill(this.#answer, `True: ${truth}. Predicted: ${percent(probability)}\u00a0% fractured.`)
  }
}
