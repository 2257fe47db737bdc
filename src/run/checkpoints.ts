/**
 * What a run that is not finished keeps in its folder to be able to go on: `checkpoints/` holds the
 * last two states of the fold under way and a file a finished fold. It is removed once the run has
 * come to its end.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import path from "node:path"
import { Damaged, readChecked, readHashed, writeChecked } from "../files/checked_file.ts"
import { makeFolder } from "../files/folders.ts"
import type { InferOutput } from "../files/schema.ts"
import { sha256 } from "../files/sha256.ts"
import { removeParts, removeWhole } from "../files/write_whole.ts"
import type { Checkpointer } from "../train/context.ts"
import { isSame } from "../train/cross_validation.ts"
import type { FinishedFold, FoldResult } from "../train/fold.ts"
import { foldName } from "../train/fold_name.ts"
import type { FoldPlace, FoldState } from "../train/fold_state.ts"
import { type CheckpointFiles, OtherRun, readCheckpoint, writeCheckpoint } from "./checkpoint_file.ts"
import { foldSchema } from "./checkpoint_schema.ts"
import type { RunConfig } from "./run_config.ts"

/** Its name in the run folder. */
export const CHECKPOINTS = "checkpoints"

/** States that are kept: the one before is for when the last one cannot be read. */
export const KEPT = 2

/** What is found when a run goes on. */
export interface Found {
  finished: FinishedFold[]
  /** Of the fold under way: the newest state that is whole; null where there is none. */
  state: FoldState | null
  damaged: DamagedFile[]
}

/** Why a file cannot be used, and whether a finished fold or a state is lost with it. */
interface DamagedFile {
  of: "fold" | "state"
  text: string
}

/** What decides how a run goes on: one with other options or images cannot use its checkpoints. */
export function runId({ train, network, init, size, data, exact }: RunConfig): string {
  const first = init?.files.map(({ sha256 }) => sha256)
  return sha256(JSON.stringify({ train, size, exact, hash: data.hash, network: network?.sha256, init: first }))
}

/**
 * Keeps the states of a run in its folder and finds them again; `resumable` connects them with
 * `crossValidate`.
 */
export class Checkpoints implements Checkpointer {
  readonly folder: string
  #next = 1
  /** The newest one that was written, for people; undefined before. */
  newest: { file: string; state: FoldPlace & { epoch: number; done: number } } | undefined

  /**
   * @param run its folder
   * @param id see `runId`
   * @param every updates between two states within an epoch; 0 for none
   */
  constructor(
    readonly run: string,
    readonly id: string,
    readonly every = 0,
  ) {
    this.folder = path.join(run, CHECKPOINTS)
  }

  save(state: FoldState): void {
    makeFolder(this.folder)
    const n = this.#next++
    const files = this.#files(n)
    writeCheckpoint(files, state, this.id)
    this.#note(files, state)
    for (const old of this.#numbers()) if (old <= n - KEPT) this.#remove(old)
  }

  /** Keeps a fold that is finished; its weights are in the run folder by then. */
  keepFold(result: FoldResult): void {
    makeFolder(this.folder)
    const { weights: _weights, split: _split, ...rest } = result
    const weights = sha256(readFileSync(this.#weightsFile(result)))
    writeChecked(this.#foldFile(result), { run: this.id, weights, result: rest } satisfies InferOutput<
      typeof foldSchema
    >)
  }

  /**
   * Looks what there is, and removes what a killed process left of a file. @throws where it is
   * another run's
   */
  find(places: readonly FoldPlace[]): Found {
    const found: Found = { finished: [], state: null, damaged: [] }
    if (!existsSync(this.folder)) return found
    removeParts(this.folder)
    for (const place of places) {
      if (!existsSync(this.#foldFile(place))) continue
      const result = sound("fold", () => this.#readFold(place), found.damaged)
      if (result) found.finished.push(result)
    }
    for (const n of this.#numbers()) {
      const files = this.#files(n)
      // Without one its process was killed between the two files: it never was a checkpoint.
      if (existsSync(files.manifest)) found.state = sound("state", () => readCheckpoint(files, this.id), found.damaged)
      if (found.state) {
        this.#note(files, found.state)
        this.#next = n + 1
        break
      }
      this.#remove(n)
    }
    // A finished fold is not resumed.
    if (found.finished.some((fold) => found.state && isSame(fold, found.state))) found.state = null
    return found
  }

  /** Whether there is anything to go on from. */
  get any(): boolean {
    return existsSync(this.folder) && readdirSync(this.folder).some((name) => name.endsWith(".json"))
  }

  clear(): void {
    removeWhole(this.folder)
  }

  #readFold(place: FoldPlace): FinishedFold {
    const file = this.#foldFile(place)
    const { run, weights, result } = readChecked(file, foldSchema)
    if (run !== this.id) throw new OtherRun(file)
    readHashed(this.#weightsFile(place), weights)
    return result
  }

  #note({ manifest }: CheckpointFiles, { repeat, fold, epoch, done }: FoldState): void {
    this.newest = { file: manifest, state: { repeat, fold, epoch, done } }
  }

  /** Those of the states that have a file, newest first. */
  #numbers(): number[] {
    const names = readdirSync(this.folder).map((name) => /^(\d+)\.(?:json|safetensors)$/.exec(name)?.[1])
    const numbers = names.filter((n) => n !== undefined).map(Number)
    return [...new Set(numbers)].sort((a, b) => b - a)
  }

  /** The manifest first: without it the rest counts for nothing. */
  #remove(n: number): void {
    const { manifest, tensors } = this.#files(n)
    rmSync(manifest, { force: true })
    rmSync(tensors, { force: true })
  }

  #files(n: number): CheckpointFiles {
    const name = path.join(this.folder, String(n).padStart(6, "0"))
    return { manifest: `${name}.json`, tensors: `${name}.safetensors` }
  }

  #foldFile(place: FoldPlace): string {
    return path.join(this.folder, `${foldName(place)}.json`)
  }

  #weightsFile(place: FoldPlace): string {
    return path.join(this.run, `${foldName(place)}.safetensors`)
  }
}

/** What is read, or null and an entry in `damaged`. */
function sound<Value>(of: DamagedFile["of"], read: () => Value, damaged: DamagedFile[]): Value | null {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    damaged.push({ of, text: error.message })
    return null
  }
}
