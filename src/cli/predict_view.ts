/**
 * How far a prediction of many images has come: a bar on a terminal, elsewhere a line now and then,
 * or JSON lines.
 */
import { clock, whole } from "../text/table.ts"
import { Bar } from "./bar.ts"
import { isTerminal } from "./print.ts"
import { progressJson } from "./progress_json.ts"

/** Seconds between lines of a log. */
const PAUSE = 10

export interface PredictProgress {
  /** Images that have an outcome, and all. */
  done: number
  total: number
  failed: number
  imagesPerSecond: number
}

export interface PredictView {
  show(progress: PredictProgress): void
  /** Puts the terminal back as it was. */
  close(): void
}

/**
 * @param json JSON lines on standard output; the others go to standard error, beside what is
 * printed
 */
export function predictView(json: boolean): PredictView {
  if (json) return jsonView()
  return isTerminal(process.stderr) ? terminalView() : plainPredictView()
}

function jsonView(print = progressJson()): PredictView {
  return { show: (progress) => print({ type: "batch", ...progress }), close() {} }
}

/** Prints nothing if all is done at once. */
export function plainPredictView(
  print: (line: string) => void = console.error,
  now = () => performance.now(),
): PredictView {
  let said = now()
  return {
    show(progress) {
      if (now() - said < PAUSE * 1000) return
      said = now()
      print(`predicted ${whole(progress.done)} of ${whole(progress.total)}: ${figures(progress).join(", ")}`)
    },
    close() {},
  }
}

function terminalView(stream: NodeJS.WriteStream = process.stderr): PredictView {
  const bar = new Bar(stream, "Predicting")
  return {
    show(progress) {
      const { done, total } = progress
      bar.update(done / total, [`${whole(done)} of ${whole(total)}`, ...figures(progress)])
    },
    close: bar.stop,
  }
}

function figures({ done, total, failed, imagesPerSecond }: PredictProgress): string[] {
  return [
    `${whole(imagesPerSecond)} images/s`,
    ...(imagesPerSecond > 0 ? [`${clock((total - done) / imagesPerSecond)} left`] : []),
    ...(failed > 0 ? [`${whole(failed)} failed`] : []),
  ]
}
