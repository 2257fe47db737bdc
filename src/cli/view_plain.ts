import { clock, fixed, percent, whole } from "../text/table.ts"
import { visibleLines } from "../text/visible.ts"
import { foldName } from "../train/fold_name.ts"
import { say as printLine } from "./print.ts"
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

/** Seconds between lines if nothing else is printed. */
const PAUSE = 10

/**
 * Lines for a log: no terminal is needed, nothing is overwritten. A trace goes beside it, to
 * standard error.
 */
export function plainView(
  print: (line: string) => void = printLine,
  printTrace: (line: string) => void = console.error,
): View {
  const time = new TimeKeeper()
  let said = performance.now()
  /** What is under way, since when, and what of it the log has last. */
  let doing = ""
  let since = said
  let pulsed = ""
  const say = (...lines: string[]) => {
    for (const line of lines) print(visibleLines(line))
    said = performance.now()
  }
  const due = () => performance.now() - said >= PAUSE * 1000
  /** A line that stands there already gets the time that it has taken. */
  const beat = () => {
    if (!due()) return
    say(doing === pulsed ? `  ${doing} (${clock((performance.now() - since) / 1000)})` : `  ${doing}`)
    pulsed = doing
  }
  const pulse = setInterval(beat, 1000).unref()
  return {
    show(event) {
      time.take(event)
      const always = lines(event)
      if (always.length > 0) say(...always)
      if (event.type === "trace") for (const line of traceText(event)) printTrace(line)
      const before = doing
      doing = underWay(event, time) ?? doing
      if (doing !== before) since = performance.now()
      if (event.type === "read" && event.done === 0) say(doing)
    },
    close() {
      clearInterval(pulse)
    },
  }
}

/** What to print if nothing was printed for a while. */
function underWay(event: RunEvent, time: TimeKeeper): string | undefined {
  switch (event.type) {
    case "open":
      return "opening the adapter"
    case "read":
      return `${readingVerb[event.what]} images: ${whole(event.done)} of ${whole(event.total)}`
    case "start":
      return "compiling"
    case "compiling":
      return `compiling: ${event.done} of ${event.total} kernels`
    case "fold":
      return `training ${foldName(event)}`
    case "evaluate":
      return `${evaluating(event)} images`
    case "fold-end":
      return "writing the results"
    case "batch": {
      const { epoch, epochs, done, total, loss, accuracy, imagesPerSecond } = event
      const figures = `loss ${fixed(loss)} accuracy ${percent(accuracy)}, ${whole(imagesPerSecond)} images/s`
      const { run } = time.left(foldProgress(event))
      return `epoch ${epoch}/${epochs}, batch ${done}/${total}: ${figures}, ${clock(run)} left`
    }
  }
}

/** The lines of an event, printed whenever it comes. */
function lines(event: RunEvent): string[] {
  switch (event.type) {
    case "start":
      return [...startText(event), "Compiling the kernels"]
    case "audit":
      return auditLines(event)
    case "compile":
      return [compileText(event)]
    case "first-step":
      return [firstStepText(event)]
    case "estimate":
      return [estimateText(event)]
    case "fold":
      return [
        `${foldName(event)}: ${event.train} images to train on, ${event.validation} to validate, ${event.test} to test`,
      ]
    case "epoch":
      return [
        `  epoch ${event.epoch}/${event.epochs}: loss ${fixed(event.loss)} accuracy ${percent(event.accuracy)}, ` +
          (event.validationLoss === null
            ? ""
            : `validation loss ${fixed(event.validationLoss)} accuracy ${percent(event.validationAccuracy)}, `) +
          `${whole(event.imagesPerSecond)} images/s`,
      ]
    case "fold-end":
      return [foldEndText(event)]
    case "note":
    case "abandoned":
      return [event.text]
    case "end":
      return endText(event)
    default:
      return []
  }
}
