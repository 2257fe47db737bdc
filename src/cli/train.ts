import type { CommandModule } from "yargs"
import type { Dataset } from "../data/dataset.ts"
import { plural } from "../data/plural.ts"
import type { AuditFile } from "../audit/audit_file.ts"
import type { Summary as NetworkSummary } from "../layers/summary.ts"
import { REPORT, writeRunReport } from "../report/run_report.ts"
import { openGpu, type TensorGpu } from "../tensor/tensor_gpu.ts"
import type { TrainConfig } from "../train/config.ts"
import { crossValidate } from "../train/cross_validation.ts"
import { type DataSource, readData } from "../train/data_source.ts"
import type { TrainEvent } from "../train/events.ts"
import { refuseFull } from "../train/files.ts"
import { headFor } from "../train/head.ts"
import { defaultSize, networks } from "../train/networks.ts"
import { runConfig } from "../train/run_config.ts"
import { RunFolder } from "../train/run_folder.ts"
import { auditFirst } from "./audit_first.ts"
import { textFlag } from "./flag_text.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { type DataArguments, dataFlags, dataSource } from "./flags_data.ts"
import { type TrainArguments, trainConfig, trainFlags } from "./flags_train.ts"
import { type Interrupt, onInterrupt } from "./interrupt.ts"
import type { View } from "./train_events.ts"
import { jsonView } from "./view_json.ts"
import { plainView } from "./view_plain.ts"
import { TerminalView } from "./view_terminal.ts"

type Arguments = DataArguments & TrainArguments & AdapterArguments & { out?: string; json: boolean }

/** `npx cnn train`: k-fold cross-validation from images to a run folder. Exit code 130 where Ctrl-C ended it. */
export const command: CommandModule<object, Arguments> = {
  command: "train",
  builder: {
    ...dataFlags,
    ...trainFlags,
    out: textFlag("out", "folder for everything that comes out, new or empty", "runs/<time>"),
    ...adapterFlags,
    json: { type: "boolean", default: false, describe: "print one JSON line an event" },
  },
  async handler(given) {
    const config = trainConfig(given)
    const source = dataSource(given, config.seed)
    if (given.out !== undefined) refuseFull(given.out)
    const view = given.json ? jsonView : process.stdout.isTTY ? new TerminalView() : plainView()
    const interrupt = onInterrupt(() => {
      view.show({
        type: "note",
        text: "Ending after this batch, the finished folds are kept; Ctrl-C again ends at once.",
      })
    })
    try {
      await train({ ...given, config, source, view, interrupt })
    } catch (error) {
      if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error
      view.show({ type: "abandoned", text: "Ended before the first epoch was done; nothing was written." })
    } finally {
      view.close()
      interrupt.release()
    }
    if (interrupt.code !== undefined) process.exitCode = interrupt.code
  },
}

interface Job extends AdapterArguments {
  config: TrainConfig
  source: DataSource
  size?: number
  audit?: boolean
  out?: string
  view: View
  interrupt: Interrupt
}

async function train(job: Job): Promise<void> {
  const { config, source, size = defaultSize(config.model, source.kind), view, interrupt } = job
  const started = new Date()
  const { adapter, exact } = job
  summaryOf(config, size) // A network that does not take such images is told before they are read.
  const audited =
    source.kind === "folder" && job.audit !== false ? await auditFirst(source, view, interrupt.signal) : null
  view.show({ type: "open" })
  const tracing = process.env.CNN_TRACE === "1"
  const gpu = await openGpu({ adapter, exact, profile: tracing })
  try {
    if (tracing) startTrace(gpu)
    const what = source.kind === "phantom" ? "draw" : "decode"
    const onProgress = (done: number, total: number) => view.show({ type: "read", what, done, total })
    const data = await readData(source, { size, onProgress, signal: interrupt.signal })
    await trainOn(gpu, data, started, job, audited)
  } finally {
    gpu.close()
  }
}

/** @throws where the adapter cannot be traced, before anything is trained */
function startTrace(gpu: TensorGpu): void {
  try {
    gpu.startTrace()
  } catch (error) {
    throw new Error(`CNN_TRACE=1: ${(error as Error).message}`)
  }
}

async function trainOn(
  gpu: TensorGpu,
  data: Dataset,
  started: Date,
  job: Job,
  audited: AuditFile | null,
): Promise<void> {
  const { config, source, exact, out, view, interrupt } = job
  const network = summaryOf(config, data.size, data.classes.length)
  const settings = { command: ["cnn", ...process.argv.slice(2)], adapter: gpu.adapter, exact, train: config, source }
  const run = runConfig(settings, data, started)
  const folder = RunFolder.create(out, data, run, audited)
  view.show({ type: "start", config: run, folder: folder.folder, network, data })
  const emit = (event: TrainEvent) => {
    folder.take(event)
    if (event.type !== "fold-end") view.show(event)
    else view.show({ type: "fold-end", ...folder.summary().folds.at(-1)! })
  }
  try {
    await crossValidate(gpu, data, config, { emit, signal: interrupt.signal })
  } catch (error) {
    if (folder.discardUnfinished()) throw error
    folder.end()
    const kept = `The ${plural(folder.summary().folds.length, "finished fold")} before it: ${folder.folder}`
    throw new Error(`${(error as Error).message}\n${kept}`, { cause: error })
  }
  if (interrupt.signal.aborted && folder.discardEmpty()) throw interrupt.signal.reason
  const evaluation = folder.end()
  if (evaluation) await reportOn(gpu, folder.folder, view)
  const end = { summary: folder.summary(), evaluation, folder: folder.folder, grouping: data.grouping }
  view.show({ type: "end", ...end, interrupted: interrupt.signal.aborted })
}

/** The run is what counts: it is kept, whatever may be wrong with its report. */
async function reportOn(gpu: TensorGpu, folder: string, view: View): Promise<void> {
  try {
    await writeRunReport(folder, gpu)
  } catch (error) {
    const text = `No ${REPORT} was written: ${(error as Error).message}\nnpx cnn report ${folder} tries again.`
    view.show({ type: "note", text })
  }
}

function summaryOf({ model }: TrainConfig, size: number, classes = 2): NetworkSummary {
  return networks[model].build(size, headFor(classes).outputs).summary([1, 1, size, size])
}
