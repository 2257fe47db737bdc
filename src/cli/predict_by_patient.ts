import type { GroupOptions } from "../data/groups.ts"
import { csv } from "../files/csv.ts"
import { writeWhole } from "../files/write_whole.ts"
import { groupsOf, type PatientRow, patientRows } from "../predict/by_patient.ts"
import type { Input } from "../predict/inputs.ts"
import { shownClass } from "../run/mean_prediction.ts"
import type { Predictor } from "../run/predictor.ts"
import { table } from "../text/table.ts"
import { visible } from "../text/visible.ts"
import type { PredictCounts } from "./predict_counts.ts"
import { warningText } from "./predict_output.ts"
import { allOutcomes, failedOf, type OutcomeOptions } from "./predict_to_print.ts"
import { warn } from "./print.ts"

interface PatientOptions extends OutcomeOptions {
  form: "json" | "csv" | "table"
  /** Written whole at the end; undefined to print. */
  file?: string
  groups: GroupOptions
}

type Answers = Pick<Predictor, "classes" | "calibratedThreshold">

/** Predicts all images, then prints or writes a row per patient. */
export async function predictByPatient(
  predictor: Predictor,
  inputs: readonly Input[],
  { form, file, groups: options, ...rest }: PatientOptions,
): Promise<PredictCounts> {
  const there = inputs.filter(({ reason }) => reason === undefined)
  const { groups, grouping } = await groupsOf(there.map((input) => input.file), options) // biome-ignore format: short
  const groupOf = new Map(there.map((input, i) => [input.file, groups[i]]))
  const outcomes = await allOutcomes(predictor, inputs, rest)
  const images = outcomes.flatMap(({ input: { file }, prediction }) =>
    prediction ? [{ file, group: groupOf.get(file)!, prediction }] : [],
  )
  const rows = patientRows(predictor, images)
  const failed = failedOf(outcomes)
  if (rest.signal.aborted) return { failed: failed.length, ofRun: 0 }
  if (file !== undefined) writeWhole(file, patientCsv(predictor, rows))
  const printed = {
    json: () => patientJson(predictor, rows, grouping, failed),
    csv: () => patientCsv(predictor, rows),
    table: () => patientTable(predictor, rows),
  }
  process.stdout.write(file === undefined ? printed[form]() : `${file}: ${rows.length} rows, one per patient\n`)
  warn(`${visible(grouping)}`)
  for (const one of failed) warn(`${visible(one.file)}: ${visible(one.reason)}`)
  for (const { input, warning } of outcomes) if (warning !== undefined) warn(warningText(input.file, warning))
  return { failed: failed.length, ofRun: outcomes.filter(({ isOfRun }) => isOfRun).length }
}

const shown = (classes: readonly string[], { calibrated, label }: PatientRow): number =>
  calibrated[shownClass(classes, classes.indexOf(label))]

function patientTable({ classes, calibratedThreshold }: Answers, rows: readonly PatientRow[]): string {
  const binary = classes.length === 2
  const header = [
    ...["patient", "images", binary ? `calibrated probability of ${classes[1]}` : "calibrated probability"],
    ...[binary ? `label, above ${calibratedThreshold.toFixed(4)} ${classes[1]}` : "label", "first image"],
  ]
  const lines = rows.map((row) => [
    ...[visible(row.patient), String(row.images), shown(classes, row).toFixed(4), row.label, visible(row.file)],
  ])
  return rows.length === 0 ? "" : `${table([header, ...lines], "lrrrl").join("\n")}\n`
}

function patientCsv({ classes }: Answers, rows: readonly PatientRow[]): string {
  const binary = classes.length === 2
  const columns = binary ? ["calibrated"] : classes.map((name) => `calibrated_${name}`)
  return csv(
    ["patient", "images", ...columns, "label", "first_file"],
    rows.map(({ patient, images, calibrated, label, file }) => [
      ...[patient, images, ...(binary ? [calibrated[1]] : calibrated), label, file],
    ]),
  )
}

function patientJson(
  { classes, calibratedThreshold }: Answers,
  rows: readonly PatientRow[],
  grouping: string,
  failed: readonly { file: string; reason: string }[],
): string {
  const patients = rows.map(({ patient, images, calibrated, label, file }) => ({
    ...{ patient, images, label, first_file: file },
    calibrated: Object.fromEntries(classes.map((name, i) => [name, calibrated[i]])),
  }))
  const threshold = classes.length === 2 ? { threshold: calibratedThreshold } : {}
  return `${JSON.stringify({ classes, ...threshold, grouping, patients, failed }, null, 2)}\n`
}
