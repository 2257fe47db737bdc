/** Sentences about a run that both guidelines ask for. */

import path from "node:path"
import { isolationText } from "../data/isolation.ts"
import { leftOutCounts } from "../data/left_out.ts"
import { whole } from "../text/table.ts"
import { partitionText } from "./design_text.ts"
import { firstValuesText, initTexts } from "./init_text.ts"
import { metricText } from "./metric_text.ts"
import { resumedTexts } from "./resumed_text.ts"
import type { RunFiles } from "./run_files.ts"
import { foldNetwork } from "./run_network.ts"
import { augmentText, keptText, recipeText } from "./setup_text.ts"
import { beyondText } from "./subgroup_text.ts"

export type Facts = ReturnType<typeof checklistFacts>

export function checklistFacts(run: RunFiles) {
  const { config, classes, evaluation, further, audit, comparison, summary } = run
  const { data, train, size, source, versions, adapter } = config
  const { pooled, thresholdRule, resamples } = evaluation
  const binary = "atHalf" in pooled
  const counts = classes.map((name) => `${whole(data.classes[name])} ${name}`).join(", ") // biome-ignore format: short
  const weighing = [
    ...(train.posWeight === 1 ? [] : [`positive images weigh ${train.posWeight} in the loss`]),
    ...(train.sampling === "shuffled" ? [] : ["classes are sampled equally often"]),
  ]
  return {
    phantom: source.kind === "phantom",
    task: binary ? `detection of “${classes[1]}”` : `telling apart ${classes.join(", ")}`,
    source:
      source.kind === "phantom" ? "Images drawn by the program (phantom), no patients." : `The folder ${source.dir}.`,
    truth: data.table
      ? `The column “${data.table.labelColumn}” of ${path.basename(data.table.file)}`
      : "The class folder of each image",
    counts: `${whole(data.images)} images in ${whole(data.groups)} groups: ${counts}.`,
    left:
      data.skipped.length === 0
        ? "No file was left out."
        : `${whole(data.skipped.length)} files were left out (${leftOutCounts(data.skipped)}): section “Flow of images”; config.json names them, with reasons.`,
    parts: "Section “Parts of the folds” has images, patients and classes of each part.",
    subgroups: further.subgroups
      ? `Section “Subgroups”, by ${further.subgroups.by.join(", ")}. ${beyondText(further.subgroups)}`
      : undefined,
    patients: further.patients
      ? "Section “Patients” has the metrics per patient, with intervals over patients."
      : "Each patient (group) has one image.",
    preparation: `Turned gray, fitted into ${size} × ${size} pixels without stretching; normalised by mean and standard deviation of each fold’s training part.`,
    quality: audit
      ? `Audited for copies, contradicting labels and shortcuts: ${whole(audit.findings.length)} findings, on top of this page.`
      : "Not audited.",
    partition: partitionText(train),
    disjoint: `Parts are disjoint by group. ${data.grouping}${data.patientsUnknown ? ` ${isolationText(data)}` : ""}`,
    model: `Convolutional network “${train.model}”, ${config.init ? "from given weights" : "from scratch"}; its layers are in the section “Data and model”.`,
    training: `${recipeText(train)}; augmentation: ${train.augment ? augmentText(train.augment) : "none"}.`,
    beginning: beginningText(run),
    selection: `Of each fold the weights of ${keptText(train)}; settings were not chosen by the run.`,
    software: `${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")}; adapter ${adapter.name}.${resumedTexts(config).map((text) => ` Resumed ${text}.`).join("")}`, // biome-ignore format: short
    output: binary
      ? `A probability of “${classes[1]}”; the answer at 0.5, and at a threshold chosen on each fold’s validation images (${thresholdRule}).`
      : "A probability a class; the most probable one is answered.",
    recalibration:
      "Temperature scaling, fitted to each fold’s validation images; figures before and after are in the section “Calibration”.",
    measures: binary
      ? "Accuracy, balanced accuracy, sensitivity, specificity, predictive values, F1, Matthews’ correlation, AUC, average precision, Brier score, calibration error, slope and intercept; net benefit (decision curve); sensitivity at fixed specificity and the reverse; ROC, precision-recall and reliability plots; always-majority beside them."
      : "Accuracy, balanced accuracy, macro F1, Matthews’ correlation, AUC of each class against the rest, Brier score, calibration error; always-majority beside them.",
    uncertainty: `95 % intervals: a bootstrap over groups (BCa, ${whole(resamples)} resamples), Wilson’s for proportions if each image is its own group.`,
    results: binary
      ? `AUC ${metricText("auc", pooled.ranking.auc)}; at the chosen thresholds accuracy ${metricText("accuracy", pooled.atChosen.accuracy)}, sensitivity ${metricText("sensitivity", pooled.atChosen.sensitivity)}, specificity ${metricText("specificity", pooled.atChosen.specificity)}.`
      : `Accuracy ${metricText("accuracy", pooled.figures.accuracy)}, balanced accuracy ${metricText("balancedAccuracy", pooled.figures.balancedAccuracy)}, macro AUC ${metricText("auc", pooled.figures.auc)}.`,
    imbalance:
      weighing.length > 0
        ? `${weighing.join("; ")}. Probabilities are recalibrated by temperature scaling.`
        : "None was used.",
    compared: comparison
      ? "Traditional methods and other optimisers on the same folds: section “Beside other methods”."
      : undefined,
    size: `${whole(data.images)} images, all that there are; no sample size was calculated.`,
    weights: `${whole(summary.folds.length)} weights files (.safetensors) in the run folder, used by npx cnn predict.`,
  }
}

function beginningText(run: RunFiles): string {
  const { init, network: file } = run.config
  const { network, isDefined } = foldNetwork(run, run.summary.folds[0])
  const drawn =
    network && isDefined
      ? firstValuesText(network)
      : `as ${file?.file ?? "the file that defines the network"} initialises them`
  if (init) return `${initTexts(init).join(" ")} The rest: ${drawn}.`
  return `${drawn[0].toUpperCase()}${drawn.slice(1)}; no pretrained weights.`
}
