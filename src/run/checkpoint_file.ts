/**
 * A fold's state on disk: all tensors in `<n>.safetensors`, and in `<n>.json`, which is written
 * last, everything else and the SHA-256 of both. A checkpoint is whole where both files are what
 * their checksums say.
 */
import { readChecked, readHashed, writeChecked } from "../files/checked_file.ts"
import type { InferOutput } from "../files/schema.ts"
import { sha256 } from "../files/sha256.ts"
import { writeWhole } from "../files/write_whole.ts"
import type { FoldState } from "../train/fold_state.ts"
import { readSafetensors, writeSafetensors } from "../weights/safetensors.ts"
import type { Weights } from "../weights/weights.ts"
import { formatSchema, type LeanState, manifestSchema } from "./checkpoint_schema.ts"

/** Raise it whenever a file would be read otherwise than before. */
const FORMAT = 1

export interface CheckpointFiles {
  manifest: string
  tensors: string
}

export function writeCheckpoint(files: CheckpointFiles, state: FoldState, run: string): void {
  const { weights, optimizer, best, ...rest } = state
  const names = Object.keys(optimizer.states)
  const packs = optimizer.states[names[0]]?.length ?? 0
  const bytes = writeSafetensors(allTensors(state))
  writeWhole(files.tensors, bytes)
  const lean: LeanState = {
    ...rest,
    best: best && { row: best.row, validation: best.validation },
    optimizer: { steps: optimizer.steps, packs, states: names },
  }
  writeChecked(files.manifest, { format: FORMAT, run, tensors: sha256(bytes), state: lean } satisfies InferOutput<
    typeof manifestSchema
  >)
}

/**
 * @param run the id of the run that it must be of
 * @throws Damaged where a file is cut short, changed or missing; another error where it is another
 * run's or program's
 */
export function readCheckpoint(files: CheckpointFiles, run: string): FoldState {
  const { format } = readChecked(files.manifest, formatSchema)
  if (format !== FORMAT)
    throw new Error(
      `${files.manifest}: of format ${format}, this version of cnn reads ${FORMAT}. Resume it with the version that began the run.`,
    )
  const manifest = readChecked(files.manifest, manifestSchema)
  if (manifest.run !== run) throw new OtherRun(files.manifest)
  const { tensors } = readSafetensors(readHashed(files.tensors, manifest.tensors), files.tensors)
  if (!tensorNames(manifest.state).every((name) => tensors.has(name)))
    throw new Error(`${files.manifest}: not what cnn train writes, although its checksum is right; begin a new run`)
  const { optimizer, best, ...rest } = manifest.state
  const part = (prefix: string): Weights =>
    new Map([...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, t]) => [name.slice(prefix.length), t]))
  const states = optimizer.states.map((name) => [
    name,
    Array.from({ length: optimizer.packs }, (_, i) => tensors.get(`optimizer.${name}.${i}`)!.data),
  ])
  return {
    ...rest,
    best: best && { ...best, weights: part("best.") },
    weights: part("weights."),
    optimizer: { steps: optimizer.steps, states: Object.fromEntries(states) },
  }
}

/** What the optimiser's states are called among the tensors. */
const tensorNames = ({ optimizer: { packs, states } }: LeanState): string[] =>
  states.flatMap((name) => Array.from({ length: packs }, (_, i) => `optimizer.${name}.${i}`))

/** A checkpoint under options or images that are not the run's any more. */
export class OtherRun extends Error {
  constructor(file: string) {
    super(
      `${file}: is of a run with other options or images than config.json beside it says. Was config.json changed since? ` +
        "A run resumes with its original options: restore them, or start a new run.",
    )
  }
}

/** Everything that is on the device, under a name each. */
function allTensors({ weights, optimizer, best }: FoldState): Weights {
  const under = (prefix: string, some: Weights) => [...some].map(([name, t]) => [prefix + name, t] as const)
  const states = Object.entries(optimizer.states).flatMap(([name, packs]) =>
    packs.map((data, i) => [`optimizer.${name}.${i}`, { shape: [data.length], data }] as const),
  )
  return new Map([...under("weights.", weights), ...states, ...(best ? under("best.", best.weights) : [])])
}
