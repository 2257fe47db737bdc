/** The playground: a network that trains on drawn radiographs while one looks into it. */

import { Turns } from "../data/turns.ts"
import { DeviceLost } from "../gpu/device_lost.ts"
import { el, fill } from "./dom.ts"
import { onGpu } from "./engine.ts"
import { BATCH, Lesson } from "./lesson.ts"
import { drawn } from "./lesson_data.ts"
import { LessonPictures } from "./lesson_pictures.ts"
import { LossChart } from "./loss_chart.ts"
import { PlaygroundControls } from "./playground_controls.ts"
import { playgroundWords } from "./playground_words.ts"
import type { View } from "./views.ts"
import { shortly } from "./wording.ts"
import { WrongImages } from "./wrong_images.ts"

/** How many images, and which ones. */
const DATA = { count: 240, seed: 0 }

/** Milliseconds between two looks into the network while it trains. */
const LOOK = 700

export class PlaygroundView implements View {
  readonly #status = el("p", { className: "soft", attributes: { role: "status" } })
  readonly #figures = el("dl", { className: "figures" })
  readonly #chartElement = el("div", {
    className: "chart",
    attributes: { role: "img", "aria-label": "The loss over the steps" },
  })
  readonly #chart = new LossChart(this.#chartElement)
  readonly #pictures = new LessonPictures()
  readonly #controls = new PlaygroundControls({
    toggle: () => this.#toggle(),
    step: () => void this.#once(),
    reset: () => void this.#reset(),
    change: () => void this.#prepare(),
    gradients: (shown) => this.#pictures.layers.classList.toggle("gradients", shown),
    next: () => void this.#next(),
  })
  readonly #wrong = new WrongImages((index) => void this.#show(index))
  /** Something to see while kernels compile. */
  readonly #earlier = el(
    "figure",
    { className: "earlier" },
    el("img", { src: "docs/images/playground.webp", alt: "The loss falls while channels and a heatmap change" }),
    el("figcaption", { className: "soft" }, "A recorded training, until this browser has compiled the kernels."),
  )
  readonly #turns = new Turns()
  readonly #lessons = new Map<string, Lesson>()
  readonly #data = new Map<number, ReturnType<typeof drawn>>()
  #lesson: Lesson | undefined
  #running = false
  #shown = 0
  #looked = 0
  #accuracy = 0

  constructor(section: HTMLElement) {
    const { buttons, settings } = this.#controls
    const dock = el("div", { className: "dock" }, buttons, this.#figures)
    const desk = el("div", { className: "desk" }, dock, settings, this.#status, this.#chartElement, this.#wrong.element)
    const title = el("h2", { id: "playground-title" }, "Watch a network learn")
    const heading = el("h3", {}, "From the image to the answer, layer by layer")
    const { layers, arithmetic } = this.#pictures
    const flow = el("div", {}, this.#earlier, heading, layers)
    fill(section, title, el("div", { className: "bench" }, desk, flow, arithmetic.element), playgroundWords())
    this.#controls.show({ running: false, ready: false })
  }

  show(): void {
    this.#controls.keep()
    this.#chart.draw()
    if (!this.#lesson) void this.#prepare()
  }

  /** Nobody watches: it would only warm the machine. */
  hide(): void {
    this.#pause()
  }

  /** The network of the controls' choice, with its first weights. */
  async #prepare(): Promise<void> {
    this.#pause()
    this.#controls.show({ running: false, ready: false })
    await this.#inTurn(async () => {
      const lesson = await this.#chosen()
      this.#lesson = lesson
      this.#pictures.use(lesson)
      await this.#restart()
    })
  }

  async #chosen(): Promise<Lesson> {
    const { options, size } = this.#controls
    const progress = (done: number, total: number) => this.#say(`Drawing ${done} of ${total} radiographs ...`)
    const drawing = this.#data.get(size) ?? drawn({ ...DATA, size }, progress)
    this.#data.set(size, drawing)
    const data = await drawing
    const key = `${size} ${options.model} ${options.optimizer}`
    return onGpu(async (gpu) => {
      const lesson = this.#lessons.get(key) ?? new Lesson(gpu, data, options)
      this.#lessons.set(key, lesson)
      await lesson.compile((done, total) => this.#say(`Compiling ${done} of ${total} kernels ...`))
      return lesson
    })
  }

  /** First weights, and an empty chart. */
  async #restart(): Promise<void> {
    const lesson = this.#lesson!
    await onGpu(async () => lesson.reset())
    const { files } = lesson.data
    this.#say(`${files.length} drawn radiographs, half of them fractured; every fourth is held back to validate.`)
    this.#chart.reset()
    this.#shown = lesson.validation[0]
    await this.#look(true)
    this.#earlier.remove()
    this.#controls.show({ running: false, ready: true })
  }

  async #reset(): Promise<void> {
    this.#pause()
    await this.#inTurn(() => this.#restart())
  }

  #toggle(): void {
    if (this.#running) this.#pause()
    else this.#run()
  }

  #run(): void {
    this.#running = true
    this.#controls.show({ running: true, ready: true })
    void this.#inTurn(async () => {
      while (this.#running) await this.#step()
      await this.#look(false)
    })
  }

  #pause(): void {
    this.#running = false
    this.#controls.show({ running: false, ready: this.#lesson !== undefined })
  }

  async #once(): Promise<void> {
    await this.#inTurn(async () => {
      const before = await this.#weights()
      const loss = await this.#step()
      const after = await this.#weights()
      const moved = after.reduce((sum, value, i) => sum + Math.abs(value - before[i]), 0) / after.length
      const { lr, options } = this.#controls
      await this.#look(false)
      this.#say(
        `Forward: ${BATCH} images. Loss: ${shortly(loss)}. Backward: a gradient for each of ${after.length} weights. ` +
          `Update: ${options.optimizer} moved them by ${shortly(moved)} on average, at a learning rate of ${shortly(lr)}.`,
      )
    })
  }

  async #weights(): Promise<number[]> {
    const lesson = this.#lesson!
    return onGpu(async () => {
      const all: number[] = []
      for (const parameter of lesson.model.parameters()) all.push(...(await parameter.read()))
      return all
    })
  }

  /** @returns the batch's loss */
  async #step(): Promise<number> {
    const lesson = this.#lesson!
    const loss = await onGpu(() => lesson.step(this.#controls.lr))
    if (!Number.isFinite(loss))
      throw new Error("The loss is no number any more: the learning rate was too high. Reset, and lower it.")
    this.#chart.add(lesson.steps, loss)
    this.#figure()
    if (lesson.endsEpoch) await this.#look(true)
    else if (performance.now() - this.#looked > LOOK) await this.#look(false)
    // Lets buttons and pictures in between.
    await new Promise((resolve) => setTimeout(resolve))
    return loss
  }

  /**
   * Draws the network as it is. @param validate also asks it about the images that are held back
   */
  async #look(validate: boolean): Promise<void> {
    const lesson = this.#lesson!
    if (validate) {
      const found = await onGpu(() => lesson.validate())
      this.#chart.addValidation(lesson.steps, found.loss)
      this.#accuracy = found.accuracy
      this.#wrong.show(lesson, found)
      this.#figure()
    }
    this.#chart.draw()
    await onGpu(() => this.#pictures.draw(this.#shown))
    this.#looked = performance.now()
  }

  async #next(): Promise<void> {
    const lesson = this.#lesson
    if (!lesson) return
    const { validation } = lesson
    await this.#show(validation[(validation.indexOf(this.#shown) + 1) % validation.length])
  }

  /** Looks at this image of the data from now on. */
  async #show(index: number): Promise<void> {
    this.#shown = index
    // A training that runs draws it by itself, and soon.
    if (!this.#running) await this.#inTurn(() => onGpu(() => this.#pictures.draw(this.#shown)))
  }

  /** All lessons were on the lost device: another one begins on the next. */
  #again(): void {
    this.#lessons.clear()
    this.#lesson = undefined
    void this.#prepare().then(() => {
      if (this.#lesson) this.#say("The GPU device was lost; the training begins again from its first weights.")
    })
  }

  #figure(): void {
    const lesson = this.#lesson!
    const rows = {
      step: `${lesson.steps}`,
      epoch: `${lesson.epoch}`,
      "loss, running mean": this.#chart.mean === undefined ? "none yet" : shortly(this.#chart.mean),
      "validation right": `${(100 * this.#accuracy).toFixed(0)} %`,
    }
    const cells = Object.entries(rows).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))
    fill(this.#figures, ...cells)
  }

  #say(text: string): void {
    this.#status.className = "soft"
    fill(this.#status, text)
  }

  /**
   * After whatever was asked for before, such as the step that a pause waits for; what goes wrong
   * is said.
   */
  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#turns.take(async () => {
      try {
        await work()
      } catch (error) {
        this.#pause()
        if (error instanceof DeviceLost) return this.#again()
        this.#status.className = "problem"
        fill(this.#status, (error as Error).message)
      }
    })
  }
}
