import { openHeatmaps } from "../predict/heatmap_folder.ts"
import type { Input } from "../predict/inputs.ts"
import { predictFiles } from "../predict/predict_files.ts"
import type { Outcome } from "../predict/prediction_rows.ts"
import type { Predictor } from "../run/predictor.ts"
import { visible } from "../text/visible.ts"
import type { PredictCounts } from "./predict_counts.ts"
import { predictionCsv, predictionJson, predictionTable, warningText } from "./predict_output.ts"
import { Pace } from "./predict_pace.ts"
import { predictView } from "./predict_view.ts"
import { warn } from "./print.ts"

const forms = { json: predictionJson, csv: predictionCsv, table: predictionTable }

export interface OutcomeOptions {
  heatmaps?: string
  ofRun: ReadonlySet<string>
  signal: AbortSignal
}

interface PrintOptions extends OutcomeOptions {
  form: keyof typeof forms
}

/** Prints what the networks say of the images, once all are done. */
export async function predictToPrint(
  predictor: Predictor,
  inputs: readonly Input[],
  { form, ...options }: PrintOptions,
): Promise<PredictCounts> {
  const outcomes = await allOutcomes(predictor, inputs, options)
  const rows = outcomes.flatMap(({ input, prediction, warning }) =>
    prediction ? [{ file: input.file, ...prediction, warning }] : [],
  )
  const failed = failedOf(outcomes)
  process.stdout.write(forms[form](predictor, rows, failed))
  for (const { file, reason } of failed) warn(`${visible(file)}: ${visible(reason)}`)
  for (const { file, warning } of rows) if (warning !== undefined) warn(warningText(file, warning))
  return { failed: failed.length, ofRun: outcomes.filter(({ isOfRun }) => isOfRun).length }
}

/** The outcomes of all images, with the progress shown meanwhile. */
export async function allOutcomes(
  predictor: Predictor,
  inputs: readonly Input[],
  { heatmaps, ofRun, signal }: OutcomeOptions,
): Promise<Outcome[]> {
  if (heatmaps !== undefined) openHeatmaps(heatmaps)
  const view = predictView(false)
  const pace = new Pace(inputs.length)
  const outcomes: Outcome[] = []
  try {
    for await (const batch of predictFiles(predictor, inputs, { heatmaps, ofRun, signal })) {
      outcomes.push(...batch)
      view.show(pace.add(batch))
    }
  } finally {
    view.close()
  }
  return outcomes
}

/** Those that could not be used. */
export const failedOf = (outcomes: readonly Outcome[]): { file: string; reason: string }[] =>
  outcomes.flatMap(({ input: { file }, reason }) => (reason === undefined ? [] : [{ file, reason }]))
