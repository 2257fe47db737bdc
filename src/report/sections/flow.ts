/**
 * From the files that were found to the images that were tested: what was left out on the way, and
 * why.
 */
import { leftOutByKind } from "../../data/left_out.ts"
import { plural } from "../../text/plural.ts"
import { whole } from "../../text/table.ts"
import { type Html, html, type Section } from "../html.ts"
import type { RunFiles } from "../run_files.ts"

export function flowSection({ config, summary, images, classes }: RunFiles): Section {
  const { data, source, train } = config
  const { skipped } = data
  const tested = new Set(images.map(({ file }) => file)).size
  const drawn = source.kind === "phantom"
  const steps = [
    drawn
      ? box(plural(data.images, "image"), "drawn by the program")
      : box(plural(data.images + skipped.length, "file"), "found"),
    data.table &&
      data.table.withoutFile.length > 0 &&
      side(plural(data.table.withoutFile.length, "row"), "of the labels table names no file"),
    skipped.length > 0 && side(plural(skipped.length, "file"), "left out", leftOutByKind(skipped)),
    box(
      plural(data.images, "image"),
      drawn
        ? `in ${plural(data.groups, "group")}`
        : `of ${plural(data.groups, "patient (group)", "patients (groups)")}`,
      classes.map((name) => `${whole(data.classes[name])} ${name}`),
    ),
    tested < data.images && side(plural(data.images - tested, "image"), "not tested", [untested(summary)]),
    box(plural(tested, "image"), "tested, each by a network that saw none of its group", [
      `${plural(summary.folds.length, "fold")} of ${whole(train.folds * train.repeats)}; section “Parts of the folds” has each part`,
    ]),
  ]
  return {
    id: "flow",
    title: "Flow of images",
    body: html`<ol class="flow">${steps}</ol>
${skipped.length > 0 && html`<p class="soft">config.json names each file that was left out, with its reason.</p>`}`,
  }
}

const untested = ({ complete }: RunFiles["summary"]): string =>
  complete ? "in no test part" : "the run ended before their fold was finished"

const inner = (count: string, what: string, lines: readonly string[]): Html =>
  html`<strong>${count}</strong> ${what}${lines.length > 0 && html`<ul>${lines.map((text) => html`<li>${text}</li>`)}</ul>`}`

const box = (count: string, what: string, lines: readonly string[] = []): Html =>
  html`<li>${inner(count, what, lines)}</li>\n`

const side = (count: string, what: string, lines: readonly string[] = []): Html =>
  html`<li class="out">${inner(count, what, lines)}</li>\n`
