import { clock, fixed, percent, whole, wrap } from "../text/table.ts"
import { visibleLines } from "../text/visible.ts"
import { foldName } from "../train/fold_name.ts"
import { Bar } from "./bar.ts"
import { painted } from "./print.ts"
import { foldProgress, TimeKeeper } from "./time_left.ts"
import { type RunEvent, readingVerb, type View } from "./train_events.ts"
import {
  auditLines,
  compileText,
  endText,
  estimateText,
  evaluating,
  firstStepText,
  foldEndText,
  startText,
  traceText,
} from "./train_text.ts"

/**
 * A bar for what is under way. That of the training covers the whole run, with the folds inside it;
 * lines are printed above it.
 */
export class TerminalView implements View {
  readonly #time = new TimeKeeper()
  #bar: Bar | undefined
  #fold = ""
  #folds = 1
  /** Folds before this one. */
  #done = 0
  /** Of all folds. */
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
        this.#resume()
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
        this.#resume()
        break
      case "abandoned":
        this.#print(event.text)
        break
      case "end":
        this.#print(...endText(event))
    }
  }

  close(): void {
    this.#stop()
  }

  #startFold(event: Extract<RunEvent, { type: "fold" }>): void {
    const { repeat, repeats, fold, folds, before = 0 } = event
    this.#fold = foldName(event)
    this.#folds = repeats * folds
    this.#done = repeat * folds + fold
    this.#progress = (this.#done + before) / this.#folds
    this.#validation = undefined
    this.#resume()
  }

  #batch(event: Extract<RunEvent, { type: "batch" }>): void {
    const inFold = foldProgress(event)
    this.#progress = (this.#done + inFold) / this.#folds
    const { run } = this.#time.left(inFold)
    const epochs = String(event.epochs)
    this.#update(this.#progress, [
      `epoch ${String(event.epoch).padStart(epochs.length)}/${epochs}`,
      `${clock(run)} left`,
      `loss ${fixed(event.loss)}`,
      `accuracy ${percent(event.accuracy)}`,
      `${whole(event.imagesPerSecond)} images/s`,
      ...(this.#validation ? [this.#validation] : []),
    ])
  }

  #start(title: string): void {
    this.#stop()
    this.#bar = new Bar(this.stream, title)
  }

  /** The run's bar, below what was printed. */
  #resume(): void {
    if (!this.#fold) return
    this.#stop()
    this.#bar = new Bar(this.stream, this.#fold, { progress: this.#progress, parts: this.#folds })
  }

  #update(progress: number, figures: string[]): void {
    this.#bar?.update(progress, figures)
  }

  #stop(): void {
    this.#bar?.stop()
    this.#bar = undefined
  }

  #print(...lines: string[]): void {
    this.#stop()
    for (const line of lines) {
      const rows = wrap(visibleLines(line), this.#width(), 2).join("\n")
      this.stream.write(`${painted(rows, this.stream)}\n`)
    }
  }

  #width(): number {
    return this.stream.columns || 80
  }
}
