import type { CommandModule } from "yargs"
import { refuseFull } from "../files/folders.ts"
import { begunIn } from "../run/begun.ts"
import { checkSameTable, Finished, networkOf, readResumable } from "../run/resume.ts"
import type { RunConfig } from "../run/run_config.ts"
import { byFlag, checkBy, columnNames } from "./flag_by.ts"
import { imagesFlag } from "./flag_images.ts"
import { openModel } from "./flag_model.ts"
import { numberFlag } from "./flag_number.ts"
import { textFlag } from "./flag_text.ts"
import { type AdapterArguments, adapterFlags } from "./flags_adapter.ts"
import { type DataArguments, dataFlags, dataSource } from "./flags_data.ts"
import { type InitArguments, initFlags } from "./flags_init.ts"
import { checkOwnFolds, type TrainArguments, trainConfig, trainFlags } from "./flags_train.ts"
import { onInterrupt } from "./interrupt.ts"
import { isTerminal } from "./print.ts"
import { supervise } from "./restarts.ts"
import { checkSameOptions, withData, withInit } from "./resume_options.ts"
import { type Job, train } from "./train_run.ts"
import { UsageError } from "./usage_error.ts"
import { jsonView } from "./view_json.ts"
import { plainView } from "./view_plain.ts"
import { TerminalView } from "./view_terminal.ts"

interface RunArguments {
  by?: string
  out?: string
  resume?: string
  checkpointEvery?: number
  restarts?: number
  images?: boolean
  json: boolean
}

type Arguments = DataArguments & TrainArguments & InitArguments & AdapterArguments & RunArguments

/**
 * `npx cnn train`: k-fold cross-validation from images to a run folder. Exit code 130 where Ctrl-C
 * ended it.
 */
export const command: CommandModule<object, Arguments> = {
  command: "train",
  builder: {
    ...dataFlags,
    ...trainFlags,
    ...initFlags,
    by: byFlag,
    out: textFlag("out", "output folder, new or empty", "runs/<time>"),
    resume: textFlag("resume", "resume the run in this folder with its original options"),
    "checkpoint-every": numberFlag("checkpoint-every", {
      describe: "training steps between checkpoints; 0 saves only after each epoch",
      default: 0,
      integer: true,
      min: 0,
    }),
    restarts: numberFlag("restarts", {
      describe: "restart up to N times if the GPU device is lost or the process crashes",
      default: 0,
      integer: true,
      min: 0,
      max: 1000,
    }),
    images: imagesFlag,
    ...adapterFlags,
    json: { type: "boolean", default: false, describe: "print one JSON line per event" },
  },
  async handler(given) {
    if (given.restarts) process.exitCode = await supervised(given, given.restarts)
    else await once(given)
  },
}

/** In this process. */
async function once(given: Arguments): Promise<void> {
  const view = given.json ? jsonView() : isTerminal(process.stdout) ? new TerminalView() : plainView()
  const interrupt = onInterrupt(() => {
    view.show({
      type: "note",
      text: "Stopping after this batch; finished folds are kept. Press Ctrl-C again to quit now.",
    })
  })
  try {
    await train({ ...(await job(given)), view, interrupt })
  } catch (error) {
    if (error instanceof Finished) view.show({ type: "note", text: error.message })
    else if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error
    else view.show({ type: "abandoned", text: abandonedText(given) })
  } finally {
    view.close()
    interrupt.release()
  }
  if (interrupt.code !== undefined) process.exitCode = interrupt.code
}

const abandonedText = ({ resume }: Arguments): string =>
  resume === undefined
    ? "Stopped before the first epoch was finished; nothing was written."
    : `Stopped before training continued. To try again: npx cnn train --resume ${resume}`

/** In a process of its own, and in another one where that dies. */
function supervised(given: Arguments, restarts: number): Promise<number> {
  const args = process.argv.slice(2)
  const at = args.findIndex((arg) => /^--restarts(=|$)/.test(arg))
  args.splice(at, args[at].includes("=") ? 1 : 2)
  const { json, data, labels, adapter, checkpointEvery } = given
  const again = (folder: string) => [
    ...["train", "--resume", folder],
    ...(data === undefined ? [] : ["--data", data]),
    ...(labels === undefined ? [] : ["--labels", labels]),
    ...(json ? ["--json"] : []),
    ...(adapter === undefined ? [] : ["--adapter", adapter]),
    ...(checkpointEvery === undefined ? [] : ["--checkpoint-every", String(checkpointEvery)]),
  ]
  return supervise(args, again, restarts)
}

/**
 * @throws where options are given that are not the run's, also where it is finished and nobody
 * would notice
 */
function resumable(given: Arguments, folder: string): RunConfig {
  try {
    return readResumable(folder)
  } catch (error) {
    if (error instanceof Finished) checkSameOptions(given, folder, error.config)
    throw error
  }
}

/** What is to be trained: a new run, or what is left of one. */
async function job(given: Arguments): Promise<Omit<Job, "view" | "interrupt">> {
  const { resume: folder, adapter, exact, checkpointEvery, out, audit, images } = given
  if (folder === undefined) {
    const { init, freeze } = given
    const asked = { ...trainConfig(given), ...(freeze && { freeze }) }
    const source = dataSource(given, asked.seed)
    checkOwnFolds(asked, source)
    if (out !== undefined) refuseFull(out, begunIn(out))
    const by = columnNames(given.by)
    await checkBy(by, source)
    const network = await openModel(asked.model)
    const config = { ...asked, model: network.name }
    const { size = network.defaultSize(source.kind) } = given
    const options = { adapter, exact, checkpointEvery: checkpointEvery ?? 0, out, audit, images }
    return { network, config, source, size, init, ...options, by, resumed: null }
  }
  if (audit !== undefined)
    throw new UsageError("--audit is for a new run; the images of this one were audited when it started. Leave it out.")
  const run = withInit(withData(resumable(given, folder), folder, given), folder, given.init)
  checkSameOptions(given, folder, run)
  checkSameTable(folder, run)
  return {
    network: await networkOf(folder, run),
    ...{ config: run.train, source: run.source, size: run.size, exact: run.exact, by: run.by },
    adapter,
    checkpointEvery: checkpointEvery ?? run.checkpointEvery ?? 0,
    resumed: { folder, config: run },
  }
}
