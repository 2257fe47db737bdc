import type { CommandModule } from "yargs"
import type { SubgroupMetrics } from "../eval/further_metrics.ts"
import { columnsOf, furtherOf, ownNames } from "../report/further.ts"
import { newKey } from "../report/hidden_names.ts"
import { refuseForeign, writeReport } from "../report/own_file.ts"
import { type RunDifference, runDifferences } from "../report/run_differences.ts"
import { type RunFiles, readRunFiles } from "../report/run_files.ts"
import { REPORT, runReport, writeHiddenNames } from "../report/run_report.ts"
import { runsReport } from "../report/runs_report.ts"
import { subgroupText } from "../report/subgroup_text.ts"
import { rememberHidden } from "../run/config_file.ts"
import { openGpu, type TensorGpu } from "../tensor/tensor_gpu.ts"
import { fixed, table, whole } from "../text/table.ts"
import { byFlag, checkColumns, columnNames } from "./flag_by.ts"
import { imagesFlag } from "./flag_images.ts"
import { openGivenModel, ownModelFlag } from "./flag_model.ts"
import { textFlag } from "./flag_text.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { UsageError } from "./usage_error.ts"

interface Arguments extends AdapterArguments {
  runs: string[]
  comparison?: string
  model?: string
  by?: string
  out?: string
  force: boolean
  images?: boolean
  json: boolean
}

const COMPARED = "runs.html"

/** `npx cnn report`: one run's page again, or several runs beside each other. */
export const command: CommandModule<object, Arguments> = {
  command: "report <runs...>",
  builder: (yargs) =>
    yargs
      .positional("runs", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "run folder; several are compared to the first",
      })
      .options({
        comparison: textFlag("comparison", "folder or file written by cnn compare, to show in the report of one run"),
        model: ownModelFlag,
        by: byFlag,
        out: textFlag("out", "HTML file", `RUN/${REPORT}, of several ${COMPARED}`),
        force: { type: "boolean", default: false, describe: "overwrite the file even if it was edited by hand" },
        images: imagesFlag,
        json: { type: "boolean", default: false, describe: "print one JSON document" },
        ...adapterFlags,
      }) as never,
  async handler(given) {
    const { runs, comparison, model, out, json } = given
    const by = columnNames(given.by)
    if (out === "") throw new UsageError("--out is empty; expected an HTML file")
    const twice = runs.find((run, i) => runs.indexOf(run) !== i)
    if (twice !== undefined) throw new UsageError(`${twice}: named twice; expected different runs`)
    if (runs.length > 1 && comparison !== undefined)
      throw new UsageError("--comparison goes with one run; several are compared with each other")
    if (runs.length > 1 && model !== undefined) throw new UsageError("--model goes with one run")
    if (runs.length > 1 && by !== undefined) throw new UsageError("--by goes with one run")
    const network = await openGivenModel(model)
    const read = runs.map((run) => readRunFiles(run, { comparison, network }))
    const told = runs.length === 1 ? await one(withSubgroups(read[0], by), given) : await several(read, given)
    console.log(json ? JSON.stringify(told) : text(told))
  },
}

/** @throws if the run's predictions have no such column */
function withSubgroups(run: RunFiles, by: readonly string[] | undefined): RunFiles {
  if (by === undefined) return run
  checkColumns(columnsOf(run), ownNames(run, by))
  return { ...run, further: furtherOf(run, run.evaluation, by) }
}

interface Told {
  file: string
  /** Of one run, if it has some. */
  subgroups?: SubgroupMetrics
  /** Of several runs. */
  differences?: RunDifference[]
}

/** The run with what `--images` or `--no-images` says of its pages, which is remembered. */
function remembered(run: RunFiles, images: boolean | undefined): RunFiles {
  if (images === undefined || images === (run.config.hidden === undefined)) return run
  return { ...run, config: rememberHidden(run.folder, run.config, images ? undefined : newKey()) }
}

async function one(
  found: RunFiles,
  { comparison, out = `${found.folder}/${REPORT}`, force, images, adapter, exact }: Arguments,
): Promise<Told> {
  if (!force) refuseForeign(out)
  if (comparison !== undefined && !found.comparison)
    throw new Error(`${comparison}: no comparison.json; expected a folder that cnn compare wrote`)
  const run = remembered(found, images)
  const gpu = await openGpu({ adapter, exact }).catch((error: Error) => error)
  if (gpu instanceof Error && adapter !== undefined) throw gpu
  try {
    writeReport(out, await runReport(run, gpu), force)
    writeHiddenNames(run)
  } finally {
    if (!(gpu instanceof Error)) (gpu as TensorGpu).close()
  }
  return { file: out, ...(run.further.subgroups && { subgroups: run.further.subgroups }) }
}

async function several(found: readonly RunFiles[], { out = COMPARED, force, images }: Arguments): Promise<Told> {
  if (!force) refuseForeign(out)
  const runs = found.map((run) => remembered(run, images))
  const differences = runDifferences(runs)
  writeReport(out, await runsReport(runs, differences), force)
  return { file: out, differences }
}

function text({ file, subgroups, differences = [] }: Told): string {
  if (differences.length === 0)
    return [...(subgroups ? [...subgroupText(subgroups), ""] : []), `${file}: everything the run came to`].join("\n")
  const rows = differences.map(({ a, b, images, aucA, aucB, difference, interval, better, why }) => {
    const range = interval ? `${fixed(interval[0])} to ${fixed(interval[1])}` : "-"
    return [
      `${b} - ${a}`,
      whole(images),
      fixed(aucA),
      fixed(aucB),
      fixed(difference),
      range,
      better ?? why ?? "not shown",
    ]
  })
  const header = ["AUC", "images", "first", "other", "difference", "95 %", "better"]
  return [...table([header, ...rows]), "", `${file}: the same with figures and curves`].join("\n")
}
