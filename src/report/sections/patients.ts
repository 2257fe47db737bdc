/** Metrics per patient beside those per image, if patients have several images. */
import type { Evaluation, Metrics } from "../../eval/evaluation.ts"
import { plural } from "../../text/plural.ts"
import { whole } from "../../text/table.ts"
import { html, type Section, tableHtml } from "../html.ts"
import { metricNames, metricText } from "../metric_text.ts"
import type { WithFurther } from "../predicted.ts"

/** null if each patient has one image. */
export function patientsSection({ further, evaluation, classes }: WithFurther): Section | null {
  const { patients } = further
  if (!patients) return null
  const { evaluation: own, mixed } = patients
  const rows = pairs(evaluation.pooled, own).map(([key, at, image, patient]) => [
    `${metricNames[key]}${at}`,
    metricText(key, image[key]),
    metricText(key, patient[key]),
  ])
  return {
    id: "patients",
    title: "Patients",
    body: html`<p>A patient’s prediction is the mean of the calibrated probabilities of the patient’s images. ${
      classes.length === 2
        ? `A patient is “${classes[1]}” if any image is; the threshold is the mean of the networks’ thresholds.`
        : "A patient has the class of the images."
    } Patients are the groups of images.</p>
${tableHtml(["", "per image", "per patient"], [["Predictions", whole(evaluation.pooled.n), whole(own.n)], ...rows])}
${mixed > 0 && html`<p>${plural(mixed, "patient")} with images of several classes left out.</p>`}
<p class="soft">With 95 % intervals over patients.</p>`,
  }
}

/** Key, what it is at, and where to find it per image and per patient. */
function pairs(image: Evaluation, patient: Evaluation): [string, string, Metrics, Metrics][] {
  if (!("atHalf" in image) || !("atHalf" in patient)) {
    const [a, b] = [image, patient].map((one) => (one as { figures: Metrics }).figures)
    return ["accuracy", "balancedAccuracy", "macroF1", "mcc", "auc"].map((key) => [key, "", a, b])
  }
  const decisions = ["accuracy", "sensitivity", "specificity", "ppv", "npv"]
  return [
    ["auc", "", image.ranking, patient.ranking],
    ...decisions.map(
      (key): [string, string, Metrics, Metrics] =>
        [...[key, " at the chosen threshold", image.atChosen, patient.atChosen]] as [string, string, Metrics, Metrics],
    ),
    ["brier", " after temperature scaling", image.calibrated, patient.calibrated],
  ]
}
