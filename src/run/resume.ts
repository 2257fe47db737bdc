/**
 * Whether a run can go on: its folder is one of a run that is not finished, and the images are
 * still the same.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import type { Dataset } from "../data/dataset.ts"
import { FolderLock } from "../files/folder_lock.ts"
import { sha256 } from "../files/sha256.ts"
import { removeParts } from "../files/write_whole.ts"
import type { NetworkDefinition } from "../models/define_network.ts"
import { networkNamed } from "../models/networks.ts"
import { plural } from "../text/plural.ts"
import { CHECKPOINTS } from "./checkpoints.ts"
import { dataHash } from "./data_source.ts"
import { readFileHashes } from "./file_hashes.ts"
import { loadNetworkFile, readNetworkFile } from "./network_file.ts"
import { readConfig } from "./read_run.ts"
import type { Circumstances, RunConfig } from "./run_config.ts"
import { versions } from "./versions.ts"

/** A run that has come to its end: there is nothing to resume. */
export class Finished extends Error {
  constructor(
    message: string,
    readonly config: RunConfig,
  ) {
    super(message)
  }
}

/**
 * The config of a run that can be resumed.
 *
 * @throws Finished where nothing is left to do; another error where there is no run
 */
export function readResumable(folder: string): RunConfig {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`${folder}: no such folder; --resume expects the run folder that cnn train named`)
  const file = path.join(folder, "config.json")
  if (!existsSync(file))
    throw new Error(`${file}: no such file. The run ended before it began, or this is no run folder; begin a new run.`)
  const config = readConfig(file)
  if (!existsSync(path.join(folder, CHECKPOINTS)) && isComplete(folder)) {
    tidy(folder)
    throw new Finished(`${folder}: all folds of this run are finished, there is nothing to resume.`, config)
  }
  refuseOtherVersion(file, config)
  refuseWithoutCheckpoints(folder)
  return config
}

/**
 * The network that a run trains; a user's own one from its copy in the run folder.
 *
 * @throws if there is none of that name any more, or the copy has changed
 */
export async function networkOf(folder: string, { train, network }: RunConfig): Promise<NetworkDefinition> {
  if (!network) return networkNamed(train.model)
  const file = path.join(folder, network.file)
  if (readNetworkFile(file).sha256 === network.sha256) return loadNetworkFile(file, train.model)
  throw new Error(
    `${file}: it has changed since the run started, and a run resumes with its original network. ` +
      "Put the file back as it was, or begin a new run with it.",
  )
}

/**
 * Of another version the network may have other layers, and what goes on would be neither that run
 * nor a new one.
 */
function refuseOtherVersion(file: string, { versions: { cnn: then } }: RunConfig): void {
  const { cnn: now } = versions()
  if (then === now) return
  throw new Error(
    `${file}: a run that cnn ${then} began, and this is cnn ${now}. Resume it with cnn ${then}, or begin a new run.`,
  )
}

/** What is written of a finished fold; its checkpoint file comes after. */
const OF_A_FOLD = /^((repeat-\d+-)?fold-\d+\.safetensors|predictions\.csv|summary\.json)$/

/** A run that would begin again writes its own results over those that are there. */
function refuseWithoutCheckpoints(folder: string): void {
  if (existsSync(path.join(folder, CHECKPOINTS))) return
  const names = readdirSync(folder).filter((name) => OF_A_FOLD.test(name)).sort() // biome-ignore format: short
  if (names.length === 0) return
  throw new Error(
    `${folder}: there are results (${names.slice(0, 4).join(", ")}${names.length > 4 ? ", ..." : ""}) but no ${CHECKPOINTS}/, ` +
      "without which the run would begin again and write over them. Put it back as it was, or begin a new run elsewhere.",
  )
}

/**
 * Removes what a process leaves that is killed in its very last moment. @throws where it still
 * lives
 */
function tidy(folder: string): void {
  const lock = FolderLock.take(folder)
  removeParts(folder)
  lock.release()
}

function isComplete(folder: string): boolean {
  try {
    return JSON.parse(readFileSync(path.join(folder, "summary.json"), "utf8")).complete === true
  } catch {
    return false
  }
}

/**
 * @throws if the labels table is not the one that the run was begun with, before images are read
 */
export function checkSameTable(folder: string, { data: { table }, source }: RunConfig): void {
  if (!table || source.kind === "phantom") return
  const file = source.labels ?? table.file
  const way = "--labels FILE gives its new place"
  if (!existsSync(file)) throw new Error(`${file}: no such file; it held the labels of ${folder}. ${way}.`)
  if (sha256(readFileSync(file)) === table.sha256) return
  throw new Error(
    `${file}: the labels table has changed since ${folder} was started. ` +
      `Restore it (${way}) and resume again, or start a new run. The folder is unchanged.`,
  )
}

/** @throws where the images are not those that the run was begun with, naming what changed */
export function checkSameData(
  folder: string,
  { data: before, source, versions: then }: RunConfig,
  data: Dataset,
): void {
  if (dataHash(data) === before.hash) return
  const where = source.kind === "folder" ? source.dir : before.name
  const changes = data.hashes ? changedFiles(readFileHashes(folder), data) : []
  const decoder =
    versions().libvips === then.libvips
      ? ""
      : ` The decoder did: libvips ${then.libvips} then, ${versions().libvips} now.`
  const what = changes.length > 0 ? changes.join("; ") : `no file did, but classes, groups or pixels.${decoder}`
  throw new Error(
    `${where}: the images have changed since ${folder} was started: ${what}\n` +
      "Restore them and resume again, or start a new run. The folder is unchanged.",
  )
}

function changedFiles(before: ReadonlyMap<string, string>, { files, hashes }: Dataset): string[] {
  const now = new Map(files.map((file, i) => [file, hashes![i]]))
  const missing = [...before.keys()].filter((file) => !now.has(file))
  const fresh = files.filter((file) => !before.has(file))
  const other = files.filter((file) => before.has(file) && before.get(file) !== now.get(file))
  const told = (some: string[], what: string) =>
    some.length === 0
      ? []
      : [`${plural(some.length, "file")} ${what} (${some.slice(0, 3).join(", ")}${some.length > 3 ? ", ..." : ""})`]
  return [...told(other, "changed"), ...told(missing, "missing"), ...told(fresh, "new")]
}

/**
 * @throws where the run was begun with plain kernels and now others are taken, or the other way
 * round
 */
export function checkSameKernels(folder: string, then: Circumstances, now: Circumstances): void {
  if ((then.kernels === "plain") === (now.kernels === "plain")) return
  const [began, cure] =
    then.kernels === "plain"
      ? ["with CNN_KERNELS=plain, and it is not set now", "set CNN_KERNELS=plain"]
      : ["without CNN_KERNELS=plain, and it is set now", "unset CNN_KERNELS"]
  throw new Error(
    `${folder}: this run was started ${began}. A run does not mix kernels; ${cure} and resume again, or start a new run. ` +
      "The folder was left as it was.",
  )
}

/**
 * What is computed with otherwise than when the run was begun; what comes may then differ in its
 * last bits.
 */
export function differences(then: Circumstances, now: Circumstances): string[] {
  const names = Object.keys({ ...then.versions, ...now.versions })
  const pairs: [string, unknown, unknown][] = [
    ["adapter", then.adapter.name, now.adapter.name],
    ["driver", then.adapter.driver, now.adapter.driver],
    ["kernels", then.kernels, now.kernels],
    ...names.map((name): [string, unknown, unknown] => [name, then.versions[name], now.versions[name]]),
  ]
  const text = (value: unknown) => (typeof value === "object" ? "by a table of cnn tune" : String(value ?? "unknown"))
  return pairs
    .filter(([, a, b]) => JSON.stringify(a) !== JSON.stringify(b))
    .map(([name, a, b]) => `${name} ${text(a)}, now ${text(b)}`)
}
