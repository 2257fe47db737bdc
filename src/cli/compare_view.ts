/**
 * Shows a comparison while it runs: with a bar on a terminal, in plain lines elsewhere, as JSON
 * lines with --json.
 */
import type { Row } from "../compare/comparison.ts"
import type { CompareConfig } from "../compare/config.ts"
import { settingText } from "../compare/contender.ts"
import type { CompareEvent } from "../compare/run.ts"
import type { Dataset } from "../data/dataset.ts"
import { type ComparisonResult, comparisonText, rangeText } from "../report/comparison.ts"
import { clock, fixed, percent, whole, wrap } from "../text/table.ts"
import { visibleLines } from "../text/visible.ts"
import { Bar } from "./bar.ts"
import { nextText, painted, say as printLine } from "./print.ts"
import { progressJson } from "./progress_json.ts"
import { type RunEvent, readingVerb } from "./train_events.ts"
import { auditLines, datasetText } from "./train_text.ts"

export type ShownEvent =
  /** Before the adapter is opened, which may have to be unpacked first. */
  | { type: "open" }
  | Extract<RunEvent, { type: "read" | "audit" }>
  | { type: "start"; config: CompareConfig; folder: string; data: Dataset }
  | Exclude<CompareEvent, { type: "contender-end" }>
  | ({ type: "contender-end" } & Row)
  | { type: "note"; text: string }
  /** Ended before there was anything to keep. */
  | { type: "abandoned"; text: string }
  | ({ type: "end" } & ComparisonResult)

export interface CompareView {
  show(event: ShownEvent): void
  /** Puts the terminal back as it was and lets the process end. */
  close(): void
}

/** Without the images. */
export function compareJsonView(print = progressJson()): CompareView {
  return {
    show(event) {
      const { data: _, ...lean } = event as ShownEvent & { data?: Dataset }
      print(lean)
    },
    close() {},
  }
}

/** The lines of an event, printed whenever it comes. */
function lines(event: ShownEvent, columns?: number): string[] {
  switch (event.type) {
    case "start":
      return startText(event, columns)
    case "audit":
      return auditLines(event)
    case "contender-end":
      return [contenderText(event)]
    case "note":
    case "abandoned":
      return [event.text]
    case "end":
      return [...comparisonText(event), ...nextText(`open ${event.folder}/comparison.svg`)]
    default:
      return []
  }
}

const INDENT = 10

function startText({ config, folder, data }: Extract<ShownEvent, { type: "start" }>, columns = Infinity): string[] {
  const { adapter, train, methods, optimizers } = config
  const item = (heading: string, text: string) => wrap(heading.padEnd(INDENT) + text, columns, INDENT)
  const repeats = train.repeats > 1 ? `${train.repeats} repeats of ` : ""
  const by = train.foldsBy === undefined ? "" : ` by "${train.foldsBy}"`
  const drawn = `${repeats}${train.folds}${by}; ${percent(train.validation)} of each training part to choose settings`
  const network = `${train.model}, at most ${train.epochs} epochs, batches of ${train.batch}, ${train.schedule} learning rate`
  return [
    ...datasetText(data, columns),
    ...item("Folds", train.split === "given" ? "the set's own split; settings are chosen on its val part" : drawn),
    ...(methods.length > 0 ? item("Methods", methods.join(", ")) : []),
    ...(optimizers.length > 0 ? item("Network", `${network}; ${optimizers.join(", ")}`) : []),
    ...(adapter ? item("Adapter", `${adapter.name} (${adapter.kind}, ${adapter.backend})`) : []),
    ...item("Results", folder),
  ]
}

function contenderText({ title, auc, seconds, choices }: Row): string {
  const settings = choices.map(({ setting }) => settingText(setting)).filter((text) => text !== "")
  const chosen = settings.length > 0 ? `; chosen ${settings.join(" | ")}` : ""
  return `${title}: AUC ${fixed(auc.value)} (${rangeText(auc)}), ${seconds.toFixed(1)} s${chosen}`
}

/** What is under way: a title, how much of it is done, figures beside it. */
interface UnderWay {
  title: string
  part: number
  figures: string[]
}

function underWay(event: ShownEvent, before: UnderWay): UnderWay {
  switch (event.type) {
    case "open":
      return { title: "Opening the adapter", part: 0, figures: [] }
    case "read": {
      const title = `${readingVerb[event.what]} the images`
      return { title, part: event.done / event.total, figures: [`${whole(event.done)} of ${whole(event.total)}`] }
    }
    case "contender":
      return { title: `${event.at + 1}/${event.of} ${event.title}`, part: 0, figures: [] }
    case "progress": {
      const left = event.left === null ? [] : [`${clock(event.left)} left`]
      return { ...before, part: event.part, figures: [percent(event.part), ...left] }
    }
    default:
      return before
  }
}

/** Seconds between lines if nothing else is printed. */
const PAUSE = 10

/** Lines for a log: nothing is overwritten. */
export function comparePlainView(print: (line: string) => void = printLine): CompareView {
  let doing: UnderWay = { title: "Starting", part: 0, figures: [] }
  let said = performance.now()
  const say = (...text: string[]) => {
    for (const line of text) print(visibleLines(line))
    said = performance.now()
  }
  const pulse = () => {
    if (performance.now() - said >= PAUSE * 1000) say(`  ${[doing.title, ...doing.figures].join(", ")}`)
  }
  const timer = setInterval(pulse, 1000).unref()
  return {
    show(event) {
      doing = underWay(event, doing)
      const text = lines(event)
      if (text.length > 0) say(...text)
      else pulse()
    },
    close() {
      clearInterval(timer)
    },
  }
}

/** A bar, which gives way to a line when it is done. */
export function compareTerminalView(stream: NodeJS.WriteStream = process.stdout): CompareView {
  let doing: UnderWay = { title: "Starting", part: 0, figures: [] }
  let bar: Bar | undefined
  const width = () => stream.columns || 80
  const stop = () => {
    bar?.stop()
    bar = undefined
  }
  return {
    show(event) {
      const text = lines(event, width())
      const next = underWay(event, doing)
      if (text.length > 0 || next.title !== doing.title) stop()
      for (const line of text) stream.write(`${painted(wrap(visibleLines(line), width(), 2).join("\n"), stream)}\n`)
      doing = next
      if (event.type === "end" || event.type === "abandoned") return
      bar ??= new Bar(stream, doing.title)
      bar.update(doing.part, doing.figures)
    },
    close: stop,
  }
}
