import { existsSync, statSync } from "node:fs"
import path from "node:path"
import { text as readText } from "node:stream/consumers"
import type { CommandModule } from "yargs"
import { formatNames } from "../data/formats.ts"
import { refuseOthers } from "../predict/heatmap_folder.ts"
import { findInputs, type Input, listedNames } from "../predict/inputs.ts"
import { runProblems } from "../report/run_problems.ts"
import { readFileHashes } from "../run/file_hashes.ts"
import { Predictor } from "../run/predictor.ts"
import { openGpu } from "../tensor/tensor_gpu.ts"
import { plural } from "../text/plural.ts"
import { quoted } from "../text/quoted.ts"
import { batchFlag } from "./flag_batch.ts"
import { openGivenModel, ownModelFlag } from "./flag_model.ts"
import { once, textFlag } from "./flag_text.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { checkGroups, dataFlags } from "./flags_data.ts"
import { onInterrupt } from "./interrupt.ts"
import { predictByPatient } from "./predict_by_patient.ts"
import type { PredictCounts } from "./predict_counts.ts"
import { predictToFile } from "./predict_to_file.ts"
import { predictToPrint } from "./predict_to_print.ts"
import { isTerminal, nextText, painted, warn } from "./print.ts"
import { UsageError } from "./usage_error.ts"

interface Arguments extends AdapterArguments {
  run: string
  images: string[]
  json?: boolean
  /** Empty where it is to be printed. */
  csv?: string
  heatmaps?: string
  byPatient: boolean
  groups?: string
  groupBy?: string
  groupNames?: boolean
  batch?: number
  model?: string
}

const { groups, "group-by": groupBy, "group-names": groupNames } = dataFlags

/**
 * `npx cnn predict`: exit code 1 where an image could not be used; the others are predicted
 * nevertheless.
 */
export const command: CommandModule<object, Arguments> = {
  command: "predict <run> <images...>",
  builder: (yargs) =>
    yargs
      .positional("run", {
        type: "string",
        demandOption: true,
        describe: "run folder, whose networks are averaged, or one weights file",
      })
      .positional("images", {
        type: "string",
        array: true,
        demandOption: true,
        describe: `images (${formatNames(", ")}), folders of them, or - for a list on standard input`,
      })
      .options({
        json: {
          type: "boolean",
          describe: "print JSON with the probability of each class; with --csv FILE, the progress",
        },
        csv: {
          type: "string",
          describe: "write a CSV file, or resume it if it exists; print CSV if no file is given",
          coerce: once("csv"),
        },
        heatmaps: textFlag("heatmaps", "folder for one heatmap per image"),
        "by-patient": {
          type: "boolean",
          default: false,
          describe: "one row per patient: the mean of the calibrated probabilities of the patient's images",
        },
        groups,
        "group-by": groupBy,
        "group-names": groupNames,
        batch: batchFlag,
        model: ownModelFlag,
        ...adapterFlags,
      }) as never,
  async handler(given) {
    const { run, images, batch, model, adapter, exact } = given
    refuseMismatch(given)
    const inputs = await findInputs(await named(images))
    if (inputs.length === 0)
      throw new Error(`${images.join(", ") || "standard input"}: no images found. Expected ${formatNames()} files.`)
    const network = await openGivenModel(model)
    const interrupt = onInterrupt(() => console.error("Stopping after this batch. Press Ctrl-C again to quit now."))
    const gpu = await openGpu({ adapter, exact })
    try {
      const { failed, ofRun } = await predict(
        given,
        Predictor.open(gpu, run, { batch, network }),
        inputs,
        interrupt.signal,
      )
      if (ofRun > 0) warn(trainedOn(ofRun, run))
      for (const problem of runProblems(run)) warn(`${run}: ${problem}`)
      if (failed > 0) process.exitCode = 1
      if (isTerminal(process.stderr) && interrupt.code === undefined) process.stderr.write(nextStep(given, inputs[0]))
      if (interrupt.code !== undefined) process.exitCode = interrupt.code
    } finally {
      gpu.close()
      interrupt.release()
    }
  },
}

function predict(given: Arguments, predictor: Predictor, inputs: Input[], signal: AbortSignal): Promise<PredictCounts> {
  const { run, csv, heatmaps, json = false, byPatient, groups: groupsFile, groupBy, groupNames } = given
  const ofRun = new Set(statSync(run).isDirectory() ? readFileHashes(run).values() : [])
  const form = json ? "json" : csv === "" ? "csv" : "table"
  if (byPatient) {
    const options = { form, file: csv || undefined, groups: { groupsFile, groupBy, groupNames } } as const
    return predictByPatient(predictor, inputs, { ...options, heatmaps, ofRun, signal })
  }
  if (csv) return predictToFile(predictor, inputs, { file: csv, heatmaps, json, ofRun, signal })
  return predictToPrint(predictor, inputs, { form, heatmaps, ofRun, signal })
}

/** For standard error, since a program may read the rest. */
function nextStep({ run, csv, heatmaps }: Arguments, { file }: Input): string {
  const heatmap = statSync(run).isDirectory()
    ? [`npx cnn explain ${quoted(run)} ${quoted(file)} --out heatmap.png`]
    : []
  const steps = [...(csv ? [`open ${csv}`] : []), ...(heatmaps === undefined ? heatmap : [`open ${heatmaps}`])]
  return steps.length > 0 ? `${painted(nextText(...steps).join("\n"), process.stderr)}\n` : ""
}

const trainedOn = (count: number, run: string): string =>
  `${plural(count, "image")} of these ${count === 1 ? "is" : "are"} of the run itself, which its networks were trained on: ` +
  `for the out-of-fold prediction see ${path.join(run, "predictions.csv")}`

/** @throws before anything is read */
function refuseMismatch(given: Arguments): void {
  const { json, csv, heatmaps } = given
  refusePatients(given)
  if (json && csv === "")
    throw new UsageError("--json and --csv without a file both choose what is printed; give one of them")
  if (csv && !/\.csv$/i.test(csv)) throw new UsageError(`--csv is "${csv}"; expected the name of a .csv file`)
  if (heatmaps === "") throw new UsageError("--heatmaps is empty; expected a folder")
  if (heatmaps !== undefined && !csv) refuseOthers(heatmaps, false)
}

/** A CSV of patients cannot be continued, since a patient's further images would change a row. */
function refusePatients({ byPatient, csv, json, groups, groupBy, groupNames }: Arguments): void {
  checkGroups({ groups, groupBy })
  const flag = Object.entries({ groups, "group-by": groupBy, "group-names": groupNames }).find(([, value]) => value !== undefined) // biome-ignore format: short
  if (!byPatient && flag) throw new UsageError(`--${flag[0]} tells which images belong to one patient; it needs --by-patient`) // biome-ignore format: short
  if (!byPatient || !csv) return
  if (json) throw new UsageError("--by-patient prints JSON or writes a CSV file; give --json or --csv FILE, not both")
  if (existsSync(csv)) throw new Error(`${csv}: this file exists, and --by-patient cannot continue it. Name another.`) // biome-ignore format: short
}

/** With what standard input lists, where a "-" asks for it, behind the others. */
async function named(images: readonly string[]): Promise<string[]> {
  // yargs drops a "-" from a list of positionals.
  return process.argv.includes("-") ? [...images, ...listedNames(await readText(process.stdin))] : [...images]
}
