import { type Options, SingleBar } from "cli-progress"
import { resultText } from "../report/result.ts"
import { clock, fixed, percent, whole, wrap } from "../text/table.ts"
import { visibleLines } from "../text/visible.ts"
import { foldProgress, TimeKeeper } from "./time_left.ts"
import { type RunEvent, readingVerb, type View } from "./train_events.ts"
import {
  auditLines,
  compileText,
  estimateText,
  evaluating,
  firstStepText,
  foldEndText,
  startText,
  traceText,
} from "./train_text.ts"

/** Steps of a bar; finer than any terminal is wide. */
export const STEPS = 1000

/** A bar for what is under way, which gives way to a line when it is done. */
export class TerminalView implements View {
  readonly #time = new TimeKeeper()
  #bar: SingleBar | undefined
  #fold = ""
  #progress = 0
  #validation: string | undefined

  constructor(readonly stream: NodeJS.WriteStream = process.stdout) {}

  show(event: RunEvent): void {
    this.#time.take(event)
    switch (event.type) {
      case "open":
        this.#start("Opening the adapter")
        break
      case "read":
        if (event.done === 0) this.#start(`${readingVerb[event.what]} the images`)
        this.#update(event.done / event.total, [`${whole(event.done)} of ${whole(event.total)}`])
        break
      case "audit":
        this.#print(...auditLines(event))
        break
      case "start":
        this.#print(...startText(event, this.#width()), "")
        this.#start("Compiling the kernels")
        break
      case "compiling":
        this.#update(event.done / event.total, [`${event.done} of ${event.total}`])
        break
      case "compile":
        this.#print(compileText(event))
        break
      case "first-step":
        this.#print(firstStepText(event))
        if (this.#fold) this.#start(this.#fold)
        break
      case "estimate":
        this.#print(estimateText(event), "")
        break
      case "trace":
        this.#stop()
        for (const line of traceText(event)) console.error(line)
        break
      case "fold":
        this.#startFold(event)
        break
      case "batch":
        this.#batch(event)
        break
      case "evaluate":
        this.#update(this.#progress, [evaluating(event)])
        break
      case "epoch":
        this.#validation = event.validationAccuracy === null ? "" : `validation ${percent(event.validationAccuracy)}`
        break
      case "fold-end":
        this.#print(foldEndText(event))
        break
      case "note":
        this.#print(event.text)
        if (this.#fold) this.#start(this.#fold)
        break
      case "abandoned":
        this.#print(event.text)
        break
      case "end":
        this.#print(...resultText(event))
    }
  }

  close(): void {
    this.#stop()
  }

  #startFold({ repeat, repeats, fold, folds }: Extract<RunEvent, { type: "fold" }>): void {
    this.#fold = `${repeats > 1 ? `repeat ${repeat + 1}/${repeats}, ` : ""}fold ${fold + 1}/${folds}`
    this.#progress = 0
    this.#validation = undefined
    this.#start(this.#fold)
  }

  #batch(event: Extract<RunEvent, { type: "batch" }>): void {
    this.#progress = foldProgress(event)
    const { fold, run } = this.#time.left(this.#progress)
    const epochs = String(event.epochs)
    this.#update(this.#progress, [
      `epoch ${String(event.epoch).padStart(epochs.length)}/${epochs}`,
      `loss ${fixed(event.loss)}`,
      `accuracy ${percent(event.accuracy)}`,
      `${clock(run)} left`,
      `this fold ${clock(fold)}`,
      `${whole(event.imagesPerSecond)} images/s`,
      ...(this.#validation ? [this.#validation] : []),
    ])
  }

  #start(title: string): void {
    this.#stop()
    this.#bar = new SingleBar(barOptions(this.stream, () => this.#width()))
    this.#bar.start(STEPS, 0, { title, figures: [] })
  }

  #update(progress: number, figures: string[]): void {
    this.#bar?.update(Math.round(progress * STEPS), { figures })
  }

  #stop(): void {
    this.#bar?.stop()
    this.#bar = undefined
  }

  #print(...lines: string[]): void {
    this.#stop()
    for (const line of lines) this.stream.write(`${wrap(visibleLines(line), this.#width(), 2).join("\n")}\n`)
  }

  #width(): number {
    return this.stream.columns || 80
  }
}

export const barOptions = (stream: NodeJS.WriteStream, width: () => number): Options => ({
  stream,
  fps: 10,
  clearOnComplete: true,
  hideCursor: true,
  // The run ends itself on Ctrl-C, and the bar with it.
  gracefulExit: false,
  // The time goes on where nothing else does.
  forceRedraw: true,
  format: (_options, { progress, startTime }, { title, figures }) => {
    const elapsed = clock((Date.now() - startTime) / 1000)
    return barLine(progress, title, figures.length > 0 ? figures : [elapsed], width())
  },
})

/** Title, bar and as many figures as the terminal is wide, the first ones first. */
export function barLine(progress: number, title: string, figures: readonly string[], columns: number): string {
  let right = ""
  for (const figure of figures) {
    if (title.length + right.length + figure.length + 14 > columns) break
    right += `  ${figure}`
  }
  const length = Math.max(4, Math.min(30, columns - title.length - right.length - 3))
  const full = Math.round(progress * length)
  return `${title} ${"█".repeat(full)}${"░".repeat(length - full)}${right}`
}
