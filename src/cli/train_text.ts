/** What a run tells people before and between its folds. */
import { besideText } from "../data/beside.ts"
import { treeText } from "../data/class_tree.ts"
import { keepText, leftOutCounts, reasonLines } from "../data/left_out.ts"
import { isWithoutRow, tableProblems } from "../data/table_classes.ts"
import { initTexts } from "../report/init_text.ts"
import { type RunResult, resultText } from "../report/result.ts"
import { augmentText, recipeText } from "../report/setup_text.ts"
import { KEPT } from "../run/checkpoints.ts"
import { bytesText } from "../text/bytes.ts"
import { plural } from "../text/plural.ts"
import { quoted } from "../text/quoted.ts"
import { clock, percent, table, whole, wrap } from "../text/table.ts"
import { foldName, foldTitle } from "../train/fold_name.ts"
import { nextText } from "./print.ts"
import type { RunEvent } from "./train_events.ts"

type Of<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>

/** Of more skipped files, some may not be named. */
const NAMED = 5

/** Columns of the headings at the left. */
const INDENT = 10

/**
 * The data, the model and how it is trained.
 *
 * @param columns of the terminal
 */
export function startText({ config, adapter, folder, network, data }: Of<"start">, columns = Infinity): string[] {
  const { train } = config
  const item = (heading: string, text: string) => wrap(heading.padEnd(INDENT) + text, columns, INDENT)
  return [
    ...datasetText(data, columns),
    ...item("Network", `${train.model}, ${plural(network.rows.length, "layer")}`),
    ...indented([`${whole(network.parameters)} parameters`, `${whole(network.multiplyAdds)} multiply-adds per image`]),
    ...(config.init ? initTexts(config.init).flatMap((text) => item("Weights", text)) : []),
    ...item("Training", recipeText(train)),
    ...item("Augment", train.augment ? augmentText(train.augment) : "off"),
    ...item("Adapter", `${adapter.name} (${adapter.kind}, ${adapter.backend})`),
    ...(adapter.kernels ? item("Kernels", "plain, one thread per element: CNN_KERNELS=plain is set") : []),
    ...item("Run", folder),
  ]
}

/** What is wrong with the images, before anything is trained on them. */
export const auditLines = ({ problems, advice }: Of<"audit">): string[] => [
  ...problems.map(({ text }) => "Audit".padEnd(INDENT) + text),
  " ".repeat(INDENT) + advice,
]

/**
 * The images: how many of each class, how they are grouped, what is odd about them. `record` is the
 * file that names all.
 */
export function datasetText(data: Of<"start">["data"], columns = Infinity, record = "config.json"): string[] {
  const counts = data.classes.map((name, k) => `${whole(data.labels.filter((label) => label === k).length)} ${name}`)
  const item = (heading: string, text: string) => wrap(heading.padEnd(INDENT) + text, columns, INDENT)
  return [
    ...item("Images", `${data.name}: ${counts.join(", ")}; ${data.size} x ${data.size} gray`),
    ...(data.tree ? treeText(data.tree).flatMap((text) => item("Classes", text)) : []),
    ...(data.table ? tableProblems(data.table).flatMap((text) => item("Labels", text)) : []),
    ...item("Groups", data.grouping),
    ...(data.groupWarnings ?? []).flatMap((text) => item("Warning", text)),
    ...mixedText(data).flatMap((text) => item("Mixed", text)),
    ...skippedText(data, record),
    ...(data.beside?.length ? item("Beside", `not images: ${besideText(data.beside)}`) : []),
  ]
}

const indented = (lines: string[]): string[] => lines.map((line) => " ".repeat(INDENT) + line)

/**
 * Groups with images of several classes: right for a patient with both, wrong for one image in two
 * folders.
 */
function mixedText({ groups, labels, classes, files }: Of<"start">["data"]): string[] {
  const first = new Map<string, number>()
  const mixed = new Map<string, [number, number]>()
  for (const [i, group] of groups.entries()) {
    const known = first.get(group) ?? i
    if (labels[known] !== labels[i] && !mixed.has(group)) mixed.set(group, [known, i])
    first.set(group, known)
  }
  const [example] = mixed
  if (!example) return []
  const [group, pair] = example
  const told = pair.map((i) => `${files[i]} is ${classes[labels[i]]}`).join(", ")
  const many = mixed.size === 1 ? "1 group holds" : `${mixed.size} groups hold`
  return [
    `${many} images of more than one class, such as ${group}: ${told}. They stay together. ` +
      "That is right for a patient who has both; if it is one image under two labels, remove the wrong one.",
  ]
}

/** From such a part of all files on, the run says what to do about those that were skipped. */
const MANY = 0.05

function skippedText({ skipped, files }: Of<"start">["data"], record: string): string[] {
  if (skipped.length === 0) return []
  const unread = skipped.filter(({ reason }) => !isWithoutRow(reason))
  const share = unread.length / (skipped.length + files.length)
  const advice =
    share >= MANY
      ? [`That is ${percent(share)} of all files: were they copied whole? With --strict such a run ends here.`]
      : []
  const all = skipped.length > NAMED ? [`${record} names all of them.`] : []
  return [
    `${"Skipped".padEnd(INDENT)}${skipped.length} ${skipped.length === 1 ? "file" : "files"}: ${leftOutCounts(skipped)}`,
    ...indented([...reasonLines(skipped), ...all, ...advice, keepText(skipped)].filter((line) => line !== "")),
  ]
}

export function foldEndText(event: Of<"fold-end">): string {
  const { n, accuracy, majorityAccuracy, epochs, bestEpoch, seconds } = event
  return (
    `${foldTitle(event)}: ${percent(accuracy)} of ${whole(n)} test images right (majority ${percent(majorityAccuracy)}), ` +
    `weights of epoch ${bestEpoch}/${epochs}, ${seconds.toFixed(1)} s`
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

/** The metrics of a run, and what to do next if it has any. */
export const endText = (result: RunResult): string[] => [
  ...resultText(result),
  ...(result.evaluation ? nextText(`open ${result.folder}/report.html`, `npx cnn serve ${quoted(result.folder)}`) : []),
]

/** What a run will take. */
export function estimateText({ seconds, atMost, memory, weights, checkpoint }: Of<"estimate">): string {
  const disk = `${bytesText(weights)} of weights on disk, and ${bytesText(checkpoint * KEPT)} of checkpoints while it runs`
  return `${"Estimate".padEnd(INDENT)}${atMost ? "at most" : "about"} ${clock(seconds)}, ${bytesText(memory)} on the adapter, ${disk}`
}

/** One line per kernel: dispatches, milliseconds together and each, part of the whole. */
export function traceText({ kernels, ...place }: Of<"trace">): string[] {
  const total = (what: (row: (typeof kernels)[number]) => number) => kernels.reduce((sum, row) => sum + what(row), 0)
  const seconds = total(({ milliseconds }) => milliseconds) / 1000
  const dispatches = whole(total((row) => row.dispatches))
  return [
    `${foldName(place)}: ${seconds.toFixed(2)} s on the adapter in ${dispatches} dispatches, by kernel`,
    ...table([
      ["kernel", "dispatches", "total ms", "mean ms", "share"],
      ...kernels.map(({ kernel, dispatches, milliseconds, share }) => [
        ...[kernel, whole(dispatches), milliseconds.toFixed(1), (milliseconds / dispatches).toFixed(3), percent(share)],
      ]),
    ]).map((line) => `  ${line}`),
  ]
}
