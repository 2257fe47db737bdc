/** report.html of a run folder: everything that a run came to on one page. */
import { rmSync } from "node:fs"
import path from "node:path"
import { writeWhole } from "../files/write_whole.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { hiddenNames, hideRun } from "./hide.ts"
import { writeReport } from "./own_file.ts"
import { page } from "./page.ts"
import { type RunFiles, readRunFiles } from "./run_files.ts"
import { calibrationSection } from "./sections/calibration.ts"
import { checklistSections } from "./sections/checklists.ts"
import { comparisonSection } from "./sections/comparison.ts"
import { confusionSection } from "./sections/confusion.ts"
import { curvesSection } from "./sections/curves.ts"
import { decisionSection } from "./sections/decision.ts"
import { errorsSection } from "./sections/errors.ts"
import { explainedSection } from "./sections/explained.ts"
import { filtersSection } from "./sections/filters.ts"
import { flowSection } from "./sections/flow.ts"
import { foldsSection } from "./sections/folds.ts"
import { headHtml } from "./sections/head.ts"
import { learningSection } from "./sections/learning.ts"
import { limitsSection } from "./sections/limits.ts"
import { partsSection } from "./sections/parts.ts"
import { patientsSection } from "./sections/patients.ts"
import { repeatSection } from "./sections/repeat.ts"
import { setupSection } from "./sections/setup.ts"
import { furtherColumns, subgroupsSection } from "./sections/subgroups.ts"
import { withoutBoneSection } from "./sections/without_bone.ts"

export const REPORT = "report.html"
/**
 * Of a run whose pages are without images: which name on them stands for what. Not to be passed on.
 */
export const HIDDEN_NAMES = "hidden_names.csv"

/** Removes those of a run whose pages show its images again. */
export function writeHiddenNames(run: RunFiles): void {
  const file = path.join(run.folder, HIDDEN_NAMES)
  const names = hiddenNames(run)
  if (names) writeWhole(file, names.table())
  else rmSync(file, { force: true })
}

/** @param gpu for heatmaps; the error that kept it from being opened where there is none */
export async function runReport(files: RunFiles, gpu: TensorGpu | Error): Promise<string> {
  const run = hideRun(files)
  const errors = await errorsSection(run, gpu)
  const sections = [
    setupSection(run),
    flowSection(run),
    partsSection(run),
    await learningSection(run),
    await curvesSection(run),
    withoutBoneSection(run),
    await calibrationSection(run),
    confusionSection(run),
    patientsSection(run),
    subgroupsSection(run, furtherColumns(run)),
    await decisionSection(run),
    foldsSection(run),
    await filtersSection(run),
    errors,
    explainedSection(run),
    await comparisonSection(run),
    repeatSection(run),
    limitsSection(run),
    ...checklistSections(run),
  ].filter((section) => section !== null)
  return page(`cnn: ${path.basename(run.folder)}`, await headHtml(run, errors), sections)
}

/**
 * Writes report.html into a run folder that is finished.
 *
 * @param network what the run trained, if it is known
 * @throws where there is one that was changed by hand
 */
export async function writeRunReport(
  folder: string,
  gpu: TensorGpu | Error,
  network?: NetworkDefinition,
): Promise<void> {
  const run = readRunFiles(folder, { network })
  writeReport(path.join(folder, REPORT), await runReport(run, gpu), false)
  writeHiddenNames(run)
}
