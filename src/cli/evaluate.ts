import { existsSync, statSync } from "node:fs"
import { realpath } from "node:fs/promises"
import path from "node:path"
import type { CommandModule } from "yargs"
import { refuseNoFolder } from "../data/walk.ts"
import { type EvaluateProgress, type ExternalEvaluation, evaluateRuns, readRuns } from "../evaluate/evaluate_runs.ts"
import { evaluationCsv, evaluationJson, evaluationMetrics } from "../evaluate/evaluation_files.ts"
import { evaluationPage } from "../evaluate/evaluation_page.ts"
import { hideEvaluation, type ShownEvaluation } from "../evaluate/hide_evaluation.ts"
import { leftOutText, resultText } from "../evaluate/result_text.ts"
import { refuseFull, refuseUnwritable } from "../files/folders.ts"
import { isBelow } from "../files/inside.ts"
import { writeFolder, writeFreshFolder } from "../files/write_folder.ts"
import { newKey } from "../report/hidden_names.ts"
import { pageText } from "../report/own_file.ts"
import type { RunFiles } from "../report/run_files.ts"
import { runProblems } from "../report/run_problems.ts"
import { HIDDEN_NAMES } from "../report/run_report.ts"
import type { DataSource } from "../run/data_source.ts"
import { openGpu } from "../tensor/tensor_gpu.ts"
import { whole } from "../text/table.ts"
import { batchFlag } from "./flag_batch.ts"
import { byFlag, checkBy, columnNames } from "./flag_by.ts"
import { imagesFlag } from "./flag_images.ts"
import { openGivenModel, ownModelFlag } from "./flag_model.ts"
import { textFlag } from "./flag_text.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { type DataArguments, dataFlags, dataSource } from "./flags_data.ts"
import { onInterrupt } from "./interrupt.ts"
import { nextText, say, warn } from "./print.ts"
import { status } from "./status.ts"
import { datasetText } from "./train_text.ts"
import { UsageError } from "./usage_error.ts"

type Arguments = Omit<DataArguments, "data" | "count" | "byType" | "size"> &
  AdapterArguments & {
    runs: string
    dir: string
    out?: string
    batch?: number
    by?: string
    model?: string
    images?: boolean
    json: boolean
  }

type Folder = Extract<DataSource, { kind: "folder" }>

const { data: _d, count: _c, "by-type": _b, size: _s, audit, ...readingFlags } = dataFlags
const FOLDER = "evaluations"

/** `npx cnn evaluate`: finished runs on images that they have not seen. */
export const command: CommandModule<object, Arguments> = {
  command: "evaluate <runs> <dir>",
  builder: (yargs) =>
    yargs
      .positional("runs", {
        type: "string",
        demandOption: true,
        describe: "a run folder, or several as RUN,RUN, which are compared with each other",
      })
      .positional("dir", { type: "string", demandOption: true, describe: "folder with one folder of images per class" })
      .options({
        ...readingFlags,
        audit: { ...audit, describe: "look for near copies of the run's own images; --no-audit skips this" },
        out: textFlag("out", "folder for everything that comes out, new or empty", `${FOLDER}/<name of DIR>`),
        by: byFlag,
        batch: batchFlag,
        model: ownModelFlag,
        images: { ...imagesFlag, defaultDescription: "yes, unless a run has --no-images" },
        ...adapterFlags,
        json: { type: "boolean", default: false, describe: "print metrics.json instead of a summary" },
      }) as never,
  async handler(given) {
    const { json, model } = given
    const started = new Date()
    const folders = runFolders(given.runs)
    const source = dataSource({ ...given, data: given.dir }, 0, "DIR") as Folder
    await refuseNoFolder(source.dir)
    const out = await outFolder(given.out, folders, source.dir)
    const by = columnNames(given.by)
    const network = await openGivenModel(model)
    const runs = readRuns(folders, network)
    await checkBy(by, source, runs[0].classes)
    const key = hiddenKey(runs, given.images)
    const interrupt = onInterrupt(() => console.error("Stopping after this step; nothing is written."))
    const gpu = await openGpu(given)
    try {
      const result = await evaluateRuns(gpu, runs, source, {
        ...{ near: given.audit !== false, by, batch: given.batch, network, signal: interrupt.signal },
        onProgress: showProgress,
      })
      interrupt.signal.throwIfAborted()
      const asked = { command: ["cnn", ...process.argv.slice(2)], source, started }
      const shown = key === undefined ? { result, asked, names: null } : hideEvaluation(result, asked, key)
      const folder = await write(result, shown, out, given.out === undefined)
      status("")
      if (json) console.log(JSON.stringify({ folder, ...evaluationMetrics(shown.result, shown.asked) }))
      else say(text(result, folder, key !== undefined))
      for (const run of folders) for (const problem of runProblems(run)) warn(`${run}: ${problem}`)
    } catch (error) {
      if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error
    } finally {
      gpu.close()
      interrupt.release()
    }
    if (interrupt.code !== undefined) process.exitCode = interrupt.code
  },
}

/** A folder whose name has a comma is one run. */
function runFolders(runs: string): string[] {
  const folders = existsSync(runs) ? [runs] : runs.split(",").map((name) => name.trim())
  if (folders.includes("")) throw new UsageError(`${JSON.stringify(runs)}: expected a run folder, or RUN,RUN`)
  const real = folders.map((folder) => path.resolve(folder))
  const twice = folders.find((_, i) => real.indexOf(real[i]) !== i)
  if (twice !== undefined) throw new UsageError(`${twice}: named twice; expected different runs`)
  for (const folder of folders)
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new Error(`${folder}: no such folder; expected a finished run folder of cnn train`)
  return folders
}

/** @throws before the long work if the evaluation cannot be written there */
async function outFolder(given: string | undefined, runs: readonly string[], dir: string): Promise<string> {
  if (given === "") throw new UsageError("--out is empty; expected a folder")
  const out = given ?? path.join(FOLDER, path.basename(dir))
  const target = await realTarget(out)
  for (const folder of [...runs, dir])
    if (isBelow(await realpath(folder), target))
      throw new UsageError(
        `${out}: is inside ${folder}, which the evaluation must not change. Name another folder: --out DIR`,
      )
  if (given !== undefined) refuseFull(out)
  refuseUnwritable(out)
  return out
}

/** Where a folder is going to be that may not be there yet. */
async function realTarget(folder: string): Promise<string> {
  const whole = path.resolve(folder)
  if (existsSync(whole) || path.dirname(whole) === whole) return realpath(whole)
  return path.join(await realTarget(path.dirname(whole)), path.basename(whole))
}

/** @returns the key for names; undefined if they are shown */
function hiddenKey(runs: readonly RunFiles[], images: boolean | undefined): string | undefined {
  const hidden = runs.find(({ config }) => config.hidden !== undefined)
  if (hidden && images)
    throw new UsageError(
      `${hidden.folder}: its pages hide images, so --images is not allowed here. To show them: npx cnn report ${hidden.folder} --images`,
    )
  return hidden?.config.hidden ?? (images === false ? newKey() : undefined)
}

/** @param shown the same with names hidden, if they are; predictions.csv keeps them */
async function write(
  result: ExternalEvaluation,
  { result: shown, asked, names }: ShownEvaluation,
  out: string,
  isDefault: boolean,
): Promise<string> {
  const page = await evaluationPage(shown, asked)
  const files = {
    "predictions.csv": evaluationCsv(result),
    "metrics.json": evaluationJson(shown, asked),
    "report.html": pageText(page),
    ...(names && { [HIDDEN_NAMES]: names.table() }),
  }
  if (isDefault) return writeFreshFolder(out, files)
  refuseFull(out)
  writeFolder(out, files)
  return out
}

function text(result: ExternalEvaluation, folder: string, isHidden: boolean): string {
  const lines = [
    ...datasetText(result.data, process.stdout.columns, "metrics.json"),
    ...leftOutText(result),
    ...resultText(result),
    "",
    `Everything is in ${folder}: report.html, metrics.json, predictions.csv.`,
    ...(isHidden ? [`Names in report.html and metrics.json are hashed; ${HIDDEN_NAMES} resolves them.`] : []),
    ...nextText(`open ${folder}/report.html`),
  ]
  return lines.join("\n")
}

const verbs = { decode: "Reading", read: "Auditing", compare: "Comparing", predict: "Predicting" }

function showProgress({ what, done, total }: EvaluateProgress): void {
  if (done % 50 === 0 || done === total) status(`${verbs[what]} images: ${whole(done)} of ${whole(total)}`)
}
