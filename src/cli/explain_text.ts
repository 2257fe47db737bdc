/** What `cnn explain` did, for people and programs. */
import path from "node:path"
import type { Method } from "../explain/explainer.ts"
import type { MethodExplanations } from "../explain/explanations.ts"
import type { Peak } from "../explain/peak.ts"
import { rangeText, shareText } from "../report/metric_text.ts"
import { quoted } from "../text/quoted.ts"
import { percent, whole } from "../text/table.ts"
import { nextText } from "./print.ts"

interface ExplainedOne {
  file: string
  out: string
  method: Method
  class: string
  /** Of the network; undefined if all were averaged. */
  fold?: number
  peak: Peak
}

export function explainedOne(json: boolean, one: ExplainedOne): string {
  if (json) return `${JSON.stringify({ ...one, fold: one.fold ?? null }, null, 2)}\n`
  const { file, out, method, fold, peak } = one
  const network =
    fold === undefined
      ? "not an image of the run: the mean of all its networks"
      : `by fold-${fold}, which was not trained on it`
  const height =
    peak.value > 0 ? `highest at x ${peak.x}, y ${peak.y}: ${peak.value.toPrecision(3)}` : "nowhere above 0"
  return [
    `${out}: the evidence in ${file} for "${one.class}", by ${method}; ${network}`,
    `${height} (in pixels of the network's image from its upper left; the value is comparable within a method)`,
    ...nextText(`open ${out}`),
    "",
  ].join("\n")
}

interface ExplainedAll extends MethodExplanations {
  /** explanations.json */
  file: string
  /** Folder of the heatmaps; undefined if there are none. */
  out?: string
  method: Method
}

export function explainedAll(json: boolean, all: ExplainedAll): string {
  if (json) return `${JSON.stringify({ ...all, out: all.out ?? null }, null, 2)}\n`
  const { file, out, method, hitRate, images } = all
  const repeats = new Set(images.map(({ repeat }) => repeat)).size
  const maps = repeats > 1 ? `${whole(images.length)} maps, of ${repeats} repeats, of ` : ""
  const files = new Set(images.map(({ file }) => file)).size
  const lines = [`${maps}${whole(files)} images by ${method}, each by the network that was not trained on it`]
  if (hitRate) {
    const { tolerance, truePositives, hits, rate, interval, anywhere, elsewhere, middle, random } = hitRate
    lines.push(
      `The peak lies within ${tolerance} pixels of the fracture in ${hits} of ${truePositives} true positives, ${shareText({ value: rate })} ${rangeText({ interval: interval ?? null })}.`,
      `By chance, a point anywhere would in ${percent(anywhere)}, the middle of each image in ${percent(middle)}, another image's peak in ${percent(elsewhere)}, the peaks of networks with random weights in ${percent(random)}.`,
    )
  } else lines.push("No hits are counted: there are no true positives, or their fractures are not marked.")
  const next = nextText(`npx cnn report ${quoted(path.dirname(file))}`)
  return [...lines, `${out === undefined ? "" : `Heatmaps in ${out}, `}peaks in ${file}`, ...next, ""].join("\n")
}
