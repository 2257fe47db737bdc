import type { CommandModule } from "yargs"
import { checkHogSize } from "../classic/hog.ts"
import { compareConfig } from "../compare/config.ts"
import { ComparisonFolder } from "../compare/folder.ts"
import { methods } from "../compare/methods.ts"
import { optimizers } from "../compare/optimizers.ts"
import { type CompareEvent, compare, refuseNoValidation } from "../compare/run.ts"
import type { Dataset } from "../data/dataset.ts"
import { aspectRatios } from "../data/dimensions.ts"
import { refuseNoFolder } from "../data/walk.ts"
import { refuseFull, refuseUnwritable } from "../files/folders.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { comparisonSvg } from "../report/comparison_chart.ts"
import { checkFolds, classesIn, type DataSource, readData } from "../run/data_source.ts"
import { copyOf } from "../run/run_config.ts"
import { openGpu, type TensorGpu } from "../tensor/tensor_gpu.ts"
import type { TrainConfig } from "../train/config.ts"
import { withFolds } from "../train/cross_validation.ts"
import { auditFirst } from "./audit_first.ts"
import { type CompareView, compareJsonView, comparePlainView, compareTerminalView } from "./compare_view.ts"
import { openModel } from "./flag_model.ts"
import { namesFlag } from "./flag_names.ts"
import { textFlag } from "./flag_text.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { type DataArguments, dataFlags, dataSource } from "./flags_data.ts"
import { checkOwnFolds, type TrainArguments, trainConfig, trainFlags } from "./flags_train.ts"
import { type Interrupt, onInterrupt } from "./interrupt.ts"
import { isTerminal } from "./print.ts"
import { tryModel } from "./try_model.ts"
import { asUsage, UsageError } from "./usage_error.ts"

type Arguments = Omit<DataArguments, "data"> &
  TrainArguments &
  AdapterArguments & { dir?: string; methods?: string[]; optimizers?: string[]; out?: string; json: boolean }

const { data: _, "by-type": _byType, ...folderFlags } = dataFlags
/** What the optimisers are compared in, and what has no say in a comparison of AUCs. */
const { optimizer: _o, lr: _l, "weight-decay": _w, sensitivity: _s, ...sharedFlags } = trainFlags

/** `npx cnn compare`: exit code 130 where Ctrl-C ended it. */
export const command: CommandModule<object, Arguments> = {
  command: "compare [dir]",
  builder: (yargs) =>
    yargs
      .positional("dir", {
        type: "string",
        describe: "folder with one folder of images per class; default: the built-in phantom",
      })
      .options({
        methods: namesFlag("methods", "traditional methods", Object.keys(methods)),
        optimizers: namesFlag("optimizers", "optimisers of the network", Object.keys(optimizers)),
        ...folderFlags,
        ...sharedFlags,
        out: textFlag("out", "output folder, new or empty", "runs/<time>-compare"),
        ...adapterFlags,
        json: { type: "boolean", default: false, describe: "print one JSON line per event" },
      }) as never,
  async handler(given) {
    const asked = trainConfig(given)
    const source = dataSource({ ...given, data: given.dir }, asked.seed, "DIR")
    checkOwnFolds(asked, source, "DIR")
    const names = {
      methods: given.methods ?? Object.keys(methods),
      optimizers: given.optimizers ?? Object.keys(optimizers),
    }
    if (names.methods.length + names.optimizers.length === 0)
      throw new UsageError("--methods none and --optimizers none leave nothing to compare")
    if (given.out !== undefined) refuseFull(given.out)
    const network = await openModel(asked.model)
    const config = { ...asked, model: network.name }
    const view = given.json
      ? compareJsonView()
      : isTerminal(process.stdout)
        ? compareTerminalView()
        : comparePlainView()
    const interrupt = onInterrupt(() => {
      view.show({
        type: "note",
        text: "Stopping after this step; finished results are kept. Press Ctrl-C again to quit now.",
      })
    })
    try {
      await run({ ...given, ...names, network, config, source, view, interrupt })
    } catch (error) {
      if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error
      view.show({ type: "abandoned", text: "Stopped before anything was finished; nothing was written." })
    } finally {
      view.close()
      interrupt.release()
    }
    if (interrupt.code !== undefined) process.exitCode = interrupt.code
  },
}

interface Job extends AdapterArguments {
  methods: string[]
  optimizers: string[]
  /** Its name is the config's `model`. */
  network: NetworkDefinition
  config: TrainConfig
  source: DataSource
  size?: number
  audit?: boolean
  out?: string
  view: CompareView
  interrupt: Interrupt
}

async function run(job: Job): Promise<void> {
  const { network, source, size = network.defaultSize(source.kind), view, interrupt, adapter, exact } = job
  const started = new Date()
  if (source.kind === "folder") await refuseNoFolder(source.dir)
  refuseUnwritable(job.out ?? "runs")
  checkTwoClasses(source, await classesIn(source))
  refuseNoValidation(await checkFolds(source, job.config))
  const opening = () => view.show({ type: "open" })
  const notes = job.optimizers.length > 0 ? await tryModel({ ...job, size }, opening) : []
  for (const text of notes) view.show({ type: "note", text })
  asUsage(() => checkSize(job, size), `--size ${size}: `)
  view.show({ type: "open" })
  const gpu = job.optimizers.length > 0 ? await openGpu({ adapter, exact }) : undefined
  try {
    const audited =
      source.kind === "folder" && job.audit !== false
        ? await auditFirst(source, view, interrupt.signal)
        : { findings: [] }
    const problems = audited.findings.filter(({ level }) => level === "problem").map(({ text }) => text)
    const what = source.kind === "phantom" ? "draw" : "decode"
    const onProgress = (done: number, total: number) => view.show({ type: "read", what, done, total })
    const data = await readData(source, { size, onProgress, signal: interrupt.signal })
    const aspects = await aspectRatios(source.kind === "folder" ? source.dir : undefined, data.files)
    await compareOn(data, aspects, gpu, started, { ...job, problems })
  } finally {
    gpu?.close()
  }
}

/** @throws before images are read, when they would be too small for something */
function checkSize({ network, methods, optimizers }: Job, size: number): void {
  if (optimizers.length > 0) network.buildChecked(size, 1)
  if (methods.some((id) => id.startsWith("hog-"))) checkHogSize(size)
}

function checkTwoClasses(source: DataSource, classes: readonly string[]): void {
  if (classes.length <= 2) return
  throw new Error(
    `${source.kind === "folder" ? source.dir : "the phantom"}: cnn compare needs two classes, but there are ${classes.length}: ${classes.join(", ")}. ` +
      "Put the images with the finding into one folder and the rest into another.",
  )
}

async function compareOn(
  data: Dataset,
  aspects: readonly number[],
  gpu: TensorGpu | undefined,
  started: Date,
  job: Job & { problems: string[] },
): Promise<void> {
  const { problems, methods, optimizers, network, source, exact, out, view, interrupt } = job
  const train = withFolds(data, job.config)
  const command = ["cnn", ...process.argv.slice(2)]
  const asked = { command, methods, optimizers, train, network: copyOf(network), source, exact }
  const config = compareConfig(asked, data, started, gpu?.adapter)
  const folder = ComparisonFolder.create(out, data, config, network.file)
  view.show({ type: "start", config, folder: folder.folder, data })
  const emit = (event: CompareEvent) => {
    view.show(event.type === "contender-end" ? { type: "contender-end", ...folder.take(event.outcome) } : event)
  }
  try {
    await compare(
      { data, aspects, methods, optimizers, config: train, network, gpu },
      { emit, signal: interrupt.signal },
    )
  } catch (error) {
    if (folder.discardEmpty()) throw error
    if (!interrupt.signal.aborted || error !== interrupt.signal.reason) {
      const { contenders } = await folder.end((comparison) => comparisonSvg(comparison))
      const kept = `Results that were finished before it (${contenders.length}): ${folder.folder}`
      throw new Error(`${(error as Error).message}\n${kept}`, { cause: error })
    }
  }
  const comparison = await folder.end((comparison) => comparisonSvg(comparison))
  const interrupted = interrupt.signal.aborted
  const { grouping, patientsUnknown } = data
  view.show({ type: "end", comparison, folder: folder.folder, grouping, patientsUnknown, problems, interrupted })
}
