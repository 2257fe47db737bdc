import { existsSync } from "node:fs"
import path from "node:path"
import { openHeatmaps, refuseOthers } from "../predict/heatmap_folder.ts"
import { heatmapName } from "../predict/heatmap_name.ts"
import type { Input } from "../predict/inputs.ts"
import { predictFiles } from "../predict/predict_files.ts"
import { PredictionFile } from "../predict/prediction_file.ts"
import type { Outcome } from "../predict/prediction_rows.ts"
import type { Predictor } from "../run/predictor.ts"
import { plural } from "../text/plural.ts"
import { fixed, whole } from "../text/table.ts"
import { visible } from "../text/visible.ts"
import type { PredictCounts } from "./predict_counts.ts"
import { warningText } from "./predict_output.ts"
import { Pace } from "./predict_pace.ts"
import { type PredictProgress, predictView } from "./predict_view.ts"
import { warn } from "./print.ts"

/** Reasons that are told at the end; the CSV has them all. */
const TOLD = 5

interface FileOptions {
  file: string
  heatmaps?: string
  json: boolean
  ofRun: ReadonlySet<string>
  signal: AbortSignal
}

/** Appends one row per image to a CSV and keeps the rows that it has. */
export async function predictToFile(
  predictor: Predictor,
  inputs: readonly Input[],
  options: FileOptions,
): Promise<PredictCounts> {
  const { file, heatmaps, json, ofRun, signal } = options
  const { classes, checksum } = predictor
  if (heatmaps !== undefined) refuseOthers(heatmaps, existsSync(file))
  const table = PredictionFile.open(file, { classes, checksum, heatmaps: heatmaps !== undefined })
  try {
    if (heatmaps !== undefined) openHeatmaps(heatmaps)
    const left = inputs.filter((input) => !table.has(input) || lacksHeatmap(table, input, heatmaps))
    const view = predictView(json)
    const pace = new Pace(left.length)
    const failed: Outcome[] = []
    const warned: Outcome[] = []
    let seen = 0
    try {
      for await (const batch of predictFiles(predictor, left, { heatmaps, ofRun, signal })) {
        // Of a row whose heatmap alone was missing there is one already.
        table.append(batch.filter(({ input }) => !table.has(input)))
        seen += batch.filter(({ isOfRun }) => isOfRun).length
        failed.push(...batch.filter(({ reason }) => reason !== undefined))
        warned.push(...batch.filter(({ warning }) => warning !== undefined))
        view.show(pace.add(batch))
      }
    } finally {
      view.close()
    }
    const before = inputs.filter((input) => table.has(input) && table.known.get(input.file)!.error !== "")
    tell(options, {
      inputs: inputs.length,
      left: left.length,
      failed,
      warned,
      failedBefore: before.length,
      pace: pace.now(),
    })
    return { failed: failed.length + before.length, ofRun: seen }
  } finally {
    table.close()
  }
}

/** Where it was removed, or put into another folder. */
function lacksHeatmap(table: PredictionFile, { file }: Input, folder: string | undefined): boolean {
  if (folder === undefined || table.known.get(file)?.error !== "") return false
  return !existsSync(path.join(folder, heatmapName(file)))
}

interface Told {
  inputs: number
  left: number
  failed: readonly Outcome[]
  warned: readonly Outcome[]
  failedBefore: number
  pace: PredictProgress
}

function tell(
  { file, heatmaps, json, signal }: FileOptions,
  { inputs, left, failed, warned, failedBefore, pace }: Told,
): void {
  const before = inputs - left
  const interrupted = signal.aborted
  if (json) {
    const counts = {
      images: inputs,
      before,
      predicted: pace.done,
      failed: failed.length + failedBefore,
      warned: warned.length,
    }
    const { imagesPerSecond } = pace
    console.log(
      JSON.stringify({ type: "end", file, heatmaps: heatmaps ?? null, ...counts, imagesPerSecond, interrupted }),
    )
    return
  }
  for (const { input, reason } of failed.slice(0, TOLD)) warn(`${visible(input.file)}: ${visible(reason!)}`)
  if (failed.length > TOLD) warn(`and ${whole(failed.length - TOLD)} more, see the column error of ${file}`)
  for (const { input, warning } of warned.slice(0, TOLD)) warn(warningText(input.file, warning!))
  if (warned.length > TOLD) warn(`and ${whole(warned.length - TOLD)} more, see the column warning of ${file}`)
  const rest = [
    ...(before > 0 ? [`${whole(before)} were there before`] : []),
    ...(failed.length + failedBefore > 0 ? [`${whole(failed.length + failedBefore)} could not be used`] : []),
    ...(pace.done > 0 ? [`${fixed(pace.imagesPerSecond, 1)} images/s`] : []),
  ]
  const all = plural(inputs, "image")
  console.log(
    `${file}: ${interrupted ? `${whole(before + pace.done)} of ${all}` : all}${rest.map((text) => `, ${text}`).join("")}`,
  )
  if (interrupted)
    console.log(`Stopped with ${whole(left - pace.done)} to go. To continue, run the same command again.`)
}
