/**
 * What people are told about going on: what a resumed run finds, and how one goes on that could not
 * end.
 */

import { DeviceLost } from "../gpu/device_lost.ts"
import { OutOfMemory } from "../gpu/memory.ts"
import type { Checkpoints, Found } from "../run/checkpoints.ts"
import type { RunConfig } from "../run/run_config.ts"
import type { RunFolder } from "../run/run_folder.ts"
import { plural } from "../text/plural.ts"
import { Diverged } from "../train/divergence.ts"
import { foldName } from "../train/fold_name.ts"
import type { FoldPlace } from "../train/fold_state.ts"

type Position = FoldPlace & { epoch: number; done: number }

/** "fold-2 after epoch 3", "fold-0 in epoch 2, after 5 batches" */
const positionText = ({ epoch, done, ...place }: Position): string =>
  done > 0
    ? `${foldName(place)} in epoch ${epoch}, after ${done} ${done === 1 ? "batch" : "batches"}`
    : `${foldName(place)} after epoch ${epoch - 1}`

export function goesOnText({ finished, state, damaged }: Found, { train }: RunConfig, differences: string[]): string[] {
  const all = train.folds * train.repeats
  const where = state
    ? positionText(state)
    : finished.length === all
      ? "the report"
      : finished.length > 0
        ? "the beginning of the next fold"
        : "the beginning"
  const instead = state ? "The checkpoint before it is used instead." : "No other checkpoint of that fold can be used."
  return [
    ...damaged.map(
      ({ of, text }) => `${text}. ${of === "fold" ? "Its fold counts as unfinished and is trained again." : instead}`,
    ),
    ...(differences.length > 0
      ? [`The run was started with ${differences.join("; ")}. Its results may now differ in the last bits.`]
      : []),
    `Continuing: ${finished.length} of ${plural(all, "fold")} finished, from ${where}.`,
  ]
}

/**
 * An error that ended a run, with what is left of it and how it goes on.
 *
 * The run folder's metrics are written besides, as far as that is still possible.
 */
export function withWayOn(
  error: unknown,
  { folder, checkpoints }: { folder: RunFolder; checkpoints: Checkpoints },
): Error {
  const { message } = error as Error
  try {
    folder.end()
  } catch {
    // What kept the run from ending may keep this from being written as well, and counts.
  }
  const name = folder.folder
  const finished = folder.summary().folds.length
  const kept = finished > 0 ? [`The ${plural(finished, "finished fold")} before it: ${name}`] : []
  const { newest } = checkpoints
  const last = newest ? [`The last good checkpoint: ${newest.file}, ${positionText(newest.state)}.`] : []
  const way =
    error instanceof Diverged
      ? "A resumed run would end the same way. Start a new one."
      : `${error instanceof OutOfMemory ? "Continue on a machine with more memory; another --batch makes another run. " : ""}` +
        `${newest ? "To continue" : "To start it again"}: npx cnn train --resume ${name}`
  const text = [message, ...kept, ...last, way].join("\n")
  return error instanceof DeviceLost ? new DeviceLost(text, { cause: error }) : new Error(text, { cause: error })
}
