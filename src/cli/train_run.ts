/** A run from its images to its folder, from the beginning or from where it was left. */
import type { AuditFile } from "../audit/audit_file.ts"
import type { Dataset } from "../data/dataset.ts"
import { refuseNoFolder } from "../data/walk.ts"
import { FolderLock } from "../files/folder_lock.ts"
import { makeFolder, makeFreshFolder, refuseFull, refuseUnwritable, removeIfEmpty } from "../files/folders.ts"
import { removeParts } from "../files/write_whole.ts"
import { DeviceLost } from "../gpu/device_lost.ts"
import type { Summary as NetworkSummary } from "../layers/summary.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { headFor } from "../models/head.ts"
import { newKey } from "../report/hidden_names.ts"
import { runProblems } from "../report/run_problems.ts"
import { REPORT, writeRunReport } from "../report/run_report.ts"
import { begunIn } from "../run/begun.ts"
import { Checkpoints, type Found, runId } from "../run/checkpoints.ts"
import { checkFolds, type DataSource, readData } from "../run/data_source.ts"
import { keepGroupNames, keptGroupNames } from "../run/group_names.ts"
import { type InitialWeights, initialWeights, sameInitialWeights } from "../run/initial_weights.ts"
import { checkSameData, checkSameKernels, differences } from "../run/resume.ts"
import { circumstances, copyOf, type RunConfig, runConfig } from "../run/run_config.ts"
import { RunFolder, runName } from "../run/run_folder.ts"
import { openGpu, type TensorGpu } from "../tensor/tensor_gpu.ts"
import type { TrainConfig } from "../train/config.ts"
import { crossValidate, planFolds, withFolds } from "../train/cross_validation.ts"
import type { TrainEvent } from "../train/events.ts"
import { auditFirst } from "./audit_first.ts"
import { errorText } from "./error_text.ts"
import { checkColumns } from "./flag_by.ts"
import type { AdapterArguments } from "./flags_adapter.ts"
import { checkStart } from "./flags_init.ts"
import type { Interrupt } from "./interrupt.ts"
import { tellFolder } from "./restarts.ts"
import { goesOnText, withWayOn } from "./resume_text.ts"
import type { View } from "./train_events.ts"
import { tryModel } from "./try_model.ts"
import { asUsage } from "./usage_error.ts"

export interface Job extends AdapterArguments {
  /** Its name is the config's `model`. */
  network: NetworkDefinition
  config: TrainConfig
  source: DataSource
  /** Width and height of the images, in pixels. */
  size: number
  audit?: boolean
  /** A weights file or a run that a new run starts from. */
  init?: string
  /** Columns of the labels table, for subgroups. */
  by?: string[]
  /** False for pages without images, of a new run. */
  images?: boolean
  out?: string
  /** See `Checkpoints.every`. */
  checkpointEvery: number
  /** The run that goes on; null for a new one. */
  resumed: { folder: string; config: RunConfig } | null
  view: View
  interrupt: Interrupt
}

export async function train(job: Job): Promise<void> {
  const { network, source, size, resumed, view, interrupt } = job
  const started = new Date()
  if (source.kind === "folder") await refuseNoFolder(source.dir)
  if (!resumed) refuseUnwritable(job.out ?? "runs")
  if (!resumed) await checkFolds(source, job.config)
  // What is wrong with the network shows before images are read.
  const notes = resumed ? [] : await tryModel(job, () => view.show({ type: "open" }))
  for (const text of notes) view.show({ type: "note", text })
  asUsage(() => summaryOf(network, size), `--size ${size}: `)
  if (!resumed) await checkStart(job)
  // Before the long work, so that two processes do not both do it.
  const lock = resumed && FolderLock.take(resumed.folder)
  if (resumed) tellFolder(resumed.folder)
  try {
    view.show({ type: "open" })
    const tracing = process.env.CNN_TRACE === "1"
    const gpu = await open(job, tracing)
    try {
      if (tracing) startTrace(gpu)
      const audited =
        source.kind === "folder" && !resumed && job.audit !== false
          ? await auditFirst(source, view, interrupt.signal)
          : null
      const what = source.kind === "phantom" ? "draw" : "decode"
      const onProgress = (done: number, total: number) => view.show({ type: "read", what, done, total })
      const pseudonyms = resumed ? await keptGroupNames(resumed.folder) : undefined
      const data = await readData(source, { size, pseudonyms, onProgress, signal: interrupt.signal })
      checkColumns(data.columns, job.by)
      await (resumed ? resumeOn(gpu, data, started, job, resumed) : beginOn(gpu, data, started, job, audited))
    } finally {
      gpu.close()
    }
  } finally {
    lock?.release()
  }
}

/**
 * A run goes on where it was computed before, unless that is gone or another adapter is asked for.
 */
async function open({ adapter, exact, resumed }: Job, profile: boolean): Promise<TensorGpu> {
  const options = { adapter, exact, profile }
  if (!resumed || adapter || process.env.CNN_ADAPTER) return openGpu(options)
  try {
    return await openGpu({ ...options, adapter: resumed.config.adapter.name })
  } catch {
    return openGpu(options)
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

async function beginOn(
  gpu: TensorGpu,
  data: Dataset,
  started: Date,
  asked: Job,
  audited: AuditFile | null,
): Promise<void> {
  const { network, source, exact, checkpointEvery, by, out, images, init } = asked
  const config = withFolds(data, asked.config)
  const use = usedBy(network, config, data)
  const initial = init === undefined ? undefined : initialWeights(init, use, data, planFolds(data, config))
  const job = { ...asked, config }
  const command = ["cnn", ...process.argv.slice(2)]
  const settings = { command, adapter: gpu.adapter, exact, train: config, network: copyOf(network), source, by }
  const from = initial && { init: initial.facts }
  const run = {
    ...runConfig(settings, data, started),
    ...from,
    checkpointEvery,
    ...(images === false && { hidden: newKey() }),
  }
  if (out !== undefined) refuseFull(out, begunIn(out))
  const name = out ?? makeFreshFolder(runName(run))
  const isOwn = makeFolder(name) || out === undefined
  const lock = FolderLock.take(name)
  try {
    keepGroupNames(name, data)
    const folder = RunFolder.create(name, data, run, { audited, network, seen: initial?.seen })
    tellFolder(name)
    const checkpoints = new Checkpoints(name, runId(run), checkpointEvery)
    await trainOn(gpu, data, job, { run, folder, initial, isOwn, lock, checkpoints, found: null })
  } finally {
    lock.release()
  }
}

async function resumeOn(
  gpu: TensorGpu,
  data: Dataset,
  started: Date,
  job: Job,
  { folder: name, config: before }: NonNullable<Job["resumed"]>,
): Promise<void> {
  checkSameData(name, before, data)
  const now = circumstances(gpu.adapter, started)
  checkSameKernels(name, before, now)
  const plan = planFolds(data, before.train)
  const initial = before.init && sameInitialWeights(before.init, usedBy(job.network, before.train, data), plan)
  removeParts(name)
  const run = { ...before, resumed: [...(before.resumed ?? []), now] }
  const checkpoints = new Checkpoints(name, runId(run), job.checkpointEvery)
  const found = checkpoints.find(plan)
  const history = found.state?.history ?? []
  const folder = RunFolder.resume(name, data, run, {
    finished: found.finished,
    history,
    network: job.network,
    seen: initial?.seen,
  })
  for (const text of goesOnText(found, run, differences(before, now))) job.view.show({ type: "note", text })
  await trainOn(gpu, data, job, { run, folder, initial, isOwn: false, lock: null, checkpoints, found })
}

/** What first weights are for. */
const usedBy = (network: NetworkDefinition, { freeze }: TrainConfig, { size, classes }: Dataset) => ({
  network: network.build(size, headFor(classes.length).outputs),
  model: network.name,
  freeze,
})

interface Place {
  run: RunConfig
  folder: RunFolder
  initial: InitialWeights | undefined
  /** Whether the folder was not there before the run. */
  isOwn: boolean
  /** Of a new run. */
  lock: FolderLock | null
  checkpoints: Checkpoints
  found: Found | null
}

async function trainOn(gpu: TensorGpu, data: Dataset, job: Job, place: Place): Promise<void> {
  const { network, config, view, interrupt } = job
  const { run, folder, initial, checkpoints, found } = place
  const summary = summaryOf(network, data.size, data.classes.length)
  view.show({ type: "start", config: run, adapter: gpu.adapter, folder: folder.folder, network: summary, data })
  const emit = (event: TrainEvent) => {
    folder.take(event)
    if (event.type === "fold-end") {
      checkpoints.keepFold(event.result)
      view.show({ type: "fold-end", ...folder.foldSummary(event.result) })
    } else view.show(event)
  }
  const { finished = [], state: from = null } = found ?? {}
  try {
    await crossValidate(gpu, data, config, {
      network,
      emit,
      signal: interrupt.signal,
      checkpointer: checkpoints,
      initial: initial?.weights,
      estimated: true,
      finished,
      from,
    })
  } catch (error) {
    // A device that is lost says nothing against the run.
    const isGone = !(error instanceof DeviceLost) && isWorthless(place)
    throw isGone && discard(place, () => folder.discardUnfinished()) ? error : withWayOn(error, place)
  }
  const { aborted, reason } = interrupt.signal
  if (aborted && isWorthless(place) && discard(place, () => folder.discardEmpty())) throw reason
  await finish(gpu, data, job, place)
}

async function finish(gpu: TensorGpu, data: Dataset, job: Job, { folder, checkpoints }: Place) {
  const { network, view, interrupt } = job
  const evaluation = folder.end()
  if (evaluation) await writeReportPage(gpu, folder.folder, network, view)
  const summary = folder.summary()
  if (summary.complete) checkpoints.clear()
  else view.show({ type: "note", text: `To continue: npx cnn train --resume ${folder.folder}` })
  const problems = evaluation ? problemsIn(folder.folder) : []
  const end = { summary, evaluation, folder: folder.folder, ...groupingOf(data), problems }
  view.show({ type: "end", ...end, interrupted: interrupt.signal.aborted })
}

const groupingOf = ({ grouping, patientsUnknown }: Dataset) => ({ grouping, patientsUnknown })

/** Where the folder cannot be read, it could not be reported on either, which is told by then. */
function problemsIn(folder: string): string[] {
  try {
    return runProblems(folder)
  } catch {
    return []
  }
}

/** Whether nothing could be made of the folder: a new run's before its first checkpoint. */
const isWorthless = ({ found, checkpoints }: Place): boolean => !found && !checkpoints.any

/**
 * Takes a run back. What keeps it from that is less than why it ended, which is what is told.
 *
 * @param take removes the run's own files
 * @returns whether nothing is left of it
 */
function discard({ lock, checkpoints, folder, isOwn }: Place, take: () => boolean): boolean {
  try {
    checkpoints.clear()
    if (!take()) return false
  } catch {
    return false
  }
  lock?.release()
  if (isOwn) removeIfEmpty(folder.folder)
  return true
}

/** The run is what counts: it is kept, whatever may be wrong with its report. */
async function writeReportPage(gpu: TensorGpu, folder: string, network: NetworkDefinition, view: View): Promise<void> {
  try {
    await writeRunReport(folder, gpu, network)
  } catch (error) {
    const text = `No ${REPORT} was written: ${errorText(error)}\nTo try again: npx cnn report ${folder}`
    view.show({ type: "note", text })
  }
}

function summaryOf(network: NetworkDefinition, size: number, classes = 2): NetworkSummary {
  return network.buildChecked(size, headFor(classes).outputs).summary([1, 1, size, size])
}
