/** Predictions per patient: the mean of the calibrated probabilities of the patient's images. */
import path from "node:path"
import { findGroups, type Grouping, type GroupOptions } from "../data/groups.ts"
import { answerOf } from "../eval/metrics.ts"
import { patients } from "../eval/patients.ts"
import { answerAt } from "../eval/threshold.ts"
import { logitOf, type Prediction } from "../run/mean_prediction.ts"

export interface PatientRow {
  patient: string
  images: number
  /** Mean of the calibrated probabilities, one per class. */
  calibrated: number[]
  label: string
  /** The first of its images. */
  file: string
}

/** The folder that holds all of the files. */
export function commonFolder(files: readonly string[]): string {
  const folders = files.map((file) => path.dirname(path.resolve(file)).split(path.sep))
  const [first] = folders
  const differs = first.findIndex((name, depth) => folders.some((folder) => folder[depth] !== name))
  return (differs < 0 ? first : first.slice(0, differs)).join(path.sep) || path.sep
}

/** The group of each image, found as a run finds those of its own in the folder that holds all of them. */
export async function groupsOf(files: readonly string[], options: GroupOptions): Promise<Grouping> {
  if (files.length === 0) return { groups: [], grouping: "" }
  const folder = commonFolder(files)
  const relative = files.map((file) => path.relative(folder, path.resolve(file)).split(path.sep).join("/"))
  return findGroups(folder, relative, options)
}

interface Answers {
  classes: readonly string[]
  /** On calibrated probabilities. */
  calibratedThreshold: number
}

/** A row per group, in the order in which groups first occur. */
export function patientRows(
  { classes, calibratedThreshold }: Answers,
  images: readonly { file: string; group: string; prediction: Prediction }[],
): PatientRow[] {
  const threshold = { logit: logitOf(calibratedThreshold) }
  const set = images.map(({ group, prediction: { calibrated } }) => ({
    ...{ group, label: 0, logits: [], probabilities: calibrated, calibrated, temperature: 1, threshold },
  }))
  return patients(set).set.map(({ group, calibrated, logits }) => {
    const own = images.filter((image) => image.group === group)
    const answer = classes.length === 2 ? answerAt(logits[0], threshold) : answerOf(calibrated)
    return {
      patient: group,
      images: own.length,
      calibrated: [...calibrated],
      label: classes[answer],
      file: own[0].file,
    }
  })
}
