/** What each part of each fold holds: images, patients, classes. */
import type { PartCounts } from "../../run/part_counts.ts"
import { percent, whole } from "../../text/table.ts"
import { foldName } from "../../train/fold_name.ts"
import { html, type Section, tableHtml } from "../html.ts"
import type { RunFiles } from "../run_files.ts"

const PARTS = { train: "training", validation: "validation", test: "test" } as const

export function partsSection({ classes, evaluation, images }: RunFiles): Section {
  const isRecorded = evaluation.folds.every(({ parts }) => parts !== undefined)
  const rows = evaluation.folds.flatMap((fold) => {
    const own = images.filter((image) => image.repeat === fold.repeat && image.fold === fold.fold)
    const test = { images: own.length, groups: new Set(own.map(({ group }) => group)).size, classes: classes.map((_, k) => own.filter(({ label }) => label === k).length) } // biome-ignore format: a row
    const parts: Partial<Record<keyof typeof PARTS, PartCounts>> = fold.parts ?? { test }
    return Object.entries(parts).map(([name, counts], k) => [
      ...[k === 0 ? foldName(fold) : "", PARTS[name as keyof typeof PARTS], whole(counts.images), whole(counts.groups)],
      ...counts.classes.map((n) => `${whole(n)} (${percent(counts.images > 0 ? n / counts.images : null)})`),
    ])
  })
  return {
    id: "parts",
    title: "Parts of the folds",
    body: html`${tableHtml(["", "part", "images", "patients (groups)", ...classes], rows)}
${!isRecorded && html`<p>This run is of an earlier version, which did not record training and validation parts.</p>`}
<p class="soft">No group is in two parts of a fold.</p>`,
  }
}
