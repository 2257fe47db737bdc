/** What a run tells people before and between its folds. */
import type { AugmentRanges } from "../data/augment.ts"
import { percent, table, whole, wrap } from "../report/text.ts"
import type { TrainConfig } from "../train/config.ts"
import type { RunEvent } from "./train_events.ts"

type Of<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>

/** At most so many skipped files are named. */
const NAMED = 10

/** Columns of the headings at the left. */
const INDENT = 10

/**
 * What is trained on what.
 *
 * @param columns of the terminal
 */
export function startText({ config, folder, network, data }: Of<"start">, columns = Infinity): string[] {
  const { adapter, train } = config
  const classes = Object.entries(config.data.classes).map(([name, n]) => `${whole(n)} ${name}`)
  const item = (heading: string, text: string) => wrap(heading.padEnd(INDENT) + text, columns, INDENT)
  return [
    ...item("Images", `${data.name}: ${classes.join(", ")}; ${data.size} x ${data.size} gray`),
    ...item("Groups", data.grouping),
    ...skippedText(data.skipped),
    ...item(
      "Network",
      `${train.model}, ${whole(network.parameters)} parameters, ${whole(network.multiplyAdds)} multiply-adds an image`,
    ),
    ...indented(network.toString().split("\n")),
    ...item("Training", recipe(train)),
    ...item("Augment", train.augment ? ranges(train.augment) : "off"),
    ...item("Adapter", `${adapter.name} (${adapter.kind}, ${adapter.backend})`),
    ...item("Run", folder),
  ]
}

/** What is wrong with the images, before anything is trained on them. */
export const auditLines = ({ problems, advice }: Of<"audit">): string[] => [
  ...problems.map(({ text }) => "Audit".padEnd(INDENT) + text),
  " ".repeat(INDENT) + advice,
]

const indented = (lines: string[]): string[] => lines.map((line) => " ".repeat(INDENT) + line)

function skippedText(skipped: Of<"start">["data"]["skipped"]): string[] {
  if (skipped.length === 0) return []
  const named = skipped.slice(0, NAMED).map(({ file, reason }) => `${file}: ${reason}`)
  const rest = skipped.length > NAMED ? [`and ${skipped.length - NAMED} more, all in config.json`] : []
  return [
    `${"Skipped".padEnd(INDENT)}${skipped.length} ${skipped.length === 1 ? "file" : "files"}:`,
    ...indented([...named, ...rest]),
  ]
}

function recipe(train: TrainConfig): string {
  return [
    `${train.folds} folds of ${train.patience ? "at most " : ""}${train.epochs} epochs`,
    ...(train.patience ? [`patience ${train.patience}`] : []),
    `batches of ${train.batch}`,
    `${train.optimizer} with ${train.schedule} learning rate ${train.lr}`,
    ...(train.weightDecay ? [`weight decay ${train.weightDecay}`] : []),
    ...(train.clip ? [`gradients clipped to ${train.clip}`] : []),
    `seed ${train.seed}`,
  ].join(", ")
}

function ranges({ rotation, zoom, shift, shear, brightness, contrast, ...flips }: AugmentRanges): string {
  const parts = Object.entries({ zoom, shift, brightness, contrast })
  return [
    ...Object.entries({ rotation, shear }).map(([name, value]) => value && `${name} ${value}°`),
    ...parts.map(([name, value]) => value && `${name} ${value}`),
    flips.flipHorizontal && "horizontal flip",
    flips.flipVertical && "vertical flip",
  ]
    .filter(Boolean)
    .join(", ")
}

export function foldEndText(event: Of<"fold-end">): string {
  const { fold, n, accuracy, majorityAccuracy, epochs, bestEpoch, seconds } = event
  return (
    `fold-${fold}: ${percent(accuracy)} of ${whole(n)} test images right (majority ${percent(majorityAccuracy)}), ` +
    `epoch ${bestEpoch}/${epochs} best, ${seconds.toFixed(1)} s`
  )
}

export const evaluating = ({ part, done, total }: Of<"evaluate">): string =>
  `${part === "test" ? "testing" : "validating"}: ${whole(done)} of ${whole(total)}`

export function compileText({ pipelines, seconds }: Of<"compile">): string {
  const done = `${pipelines.length} kernels compiled in ${seconds.toFixed(1)} s`
  if (pipelines.length === 0) return done
  const { kernel, milliseconds } = pipelines.reduce((a, b) => (b.milliseconds > a.milliseconds ? b : a))
  return `${done}, the slowest ${kernel.split(" ")[0]} in ${(milliseconds / 1000).toFixed(1)} s`
}

export const firstStepText = ({ seconds }: Of<"first-step">): string => `First step in ${seconds.toFixed(1)} s`

/** A line a kernel: dispatches, milliseconds together and each, part of the whole. */
export function traceText({ fold, kernels }: Of<"trace">): string[] {
  const total = (what: (row: (typeof kernels)[number]) => number) => kernels.reduce((sum, row) => sum + what(row), 0)
  const seconds = total(({ milliseconds }) => milliseconds) / 1000
  const dispatches = whole(total((row) => row.dispatches))
  return [
    `fold-${fold}: ${seconds.toFixed(2)} s on the adapter in ${dispatches} dispatches, by kernel`,
    ...table([
      ["kernel", "dispatches", "total ms", "mean ms", "share"],
      ...kernels.map(({ kernel, dispatches, milliseconds, share }) => [
        ...[kernel, whole(dispatches), milliseconds.toFixed(1), (milliseconds / dispatches).toFixed(3), percent(share)],
      ]),
    ]).map((line) => `  ${line}`),
  ]
}
