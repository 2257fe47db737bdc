/**
 * An audit as one HTML file: nothing is loaded from elsewhere, and copies are shown side by side.
 */
import type { Audit, CopyLink, CopySet } from "../audit/audit.ts"
import { findings } from "../audit/findings.ts"
import { fixed, percent, whole } from "../text/table.ts"
import { alertsHtml } from "./alerts_html.ts"
import { holdsText } from "./holds_text.ts"
import { type Html, html, type Section, tableHtml } from "./html.ts"
import { page } from "./page.ts"
import { withoutBoneHtml } from "./without_bone_html.ts"

/** Sets and pairs that are shown; the rest is in the JSON. */
const SHOWN = 60
/** Images of a set that are shown. */
const ROW = 8
/** Names in a list. */
const NAMES = 50

/** Images side by side. */
type Rows = (files: readonly string[]) => Promise<Html>

/**
 * @param preview an image as a data URI; what it throws is shown in the image's place; null for a
 *   page without images, of an audit whose names are hidden
 */
export async function auditHtml(audit: Audit, preview: ((file: string) => Promise<string>) | null): Promise<string> {
  const films = new Set<string>()
  const rows = rowsOf(preview && (async (file) => preview(file).finally(() => films.add(file))))
  const { copies, identical, skipped, metadata, doubt } = audit
  const sets = (id: string, title: string, some: readonly CopySet[], caption: (set: CopySet) => string) =>
    setsSection({ id, title }, some, rows, caption)
  const sections = [
    classesSection(audit),
    await doubtSection(audit, rows),
    await sets("labels", "Copies with different labels", several(copies, "classes"), ({ classes }) =>
      classes.join(", "),
    ),
    await sets("groups", "Copies in different groups", several(copies, "groups"), ({ groups }) => groups.join(", ")),
    await sets("split", "Copies in different parts of the split", several(copies, "parts"), ({ parts }) => parts.join(", ")), // biome-ignore format: a table
    await linksSection(audit, rows),
    await sets("identical", "Identical files", identical.map(setOf), ({ files }) => `${files.length} files`),
    shortcutsSection(audit),
    withoutBoneSection(audit),
    listSection("inverted", "Films that seem inverted", audit.inverted),
    listSection("unusable", "Files that cannot be used", skipped.map(({ file, reason }) => `${file}: ${reason}`)), // biome-ignore format: a table
    listSection("missing", "Images of the run that are not there any more", doubt?.missing ?? []),
    listSection("changed", "Images that changed since the run", doubt?.changed ?? []),
    listSection("unknown", "Images without a prediction of the run", doubt?.unknown ?? []),
    ...Object.entries(metadata).map(([kind, files]) =>
      listSection(`metadata-${kind.replaceAll(/\W+/g, "-")}`, `Files with ${kind}`, files),
    ),
  ]
  return page(
    `Audit of ${audit.dir}`,
    headHtml(audit, holdsText(preview === null, films.size)),
    sections.filter((section) => section !== null),
  )
}

function rowsOf(preview: ((file: string) => Promise<string>) | null): Rows {
  const picture = async (file: string): Promise<Html> => {
    if (!preview) return html`<figure><figcaption>${file}</figcaption></figure>`
    const image = await preview(file).then(
      (uri) => html`<img src="${uri}" alt="">`,
      (error: Error) => html`<p>${error.message}</p>`,
    )
    return html`<figure>${image}<figcaption>${file}</figcaption></figure>`
  }
  return async (files) => {
    const pictures: Html[] = []
    for (const file of files.slice(0, ROW)) pictures.push(await picture(file))
    const rest = files.length > ROW && html`<p>and ${whole(files.length - ROW)} more</p>`
    return html`<div class="copies">${pictures}${rest}</div>`
  }
}

const several = (copies: readonly CopySet[], key: "classes" | "groups" | "parts"): CopySet[] =>
  copies.filter((set) => set[key].length > 1)

const setOf = (files: string[]): CopySet => ({ files, classes: [], groups: [], parts: [] })

function headHtml(audit: Audit, holds: string): Html {
  const { dir, files, grouping } = audit
  const formats = Object.entries(audit.formats).map(([format, n]) => `${whole(n)} ${format}`)
  const all = findings(audit)
  return html`<h1>${dir}</h1>
<p>${whole(files.length)} images (${formats.join(", ")}). ${grouping}</p>
<p>${holds}</p>
${all.length > 0 ? alertsHtml(all) : html`<p>Nothing to object to.</p>`}`
}

function classesSection({ classes, labels, files }: Audit): Section | null {
  if (classes.length === 0) return null
  const rows = classes.map((name, label) => {
    const n = labels.filter((one) => one === label).length
    return [name, whole(n), percent(n / files.length)]
  })
  return { id: "classes", title: "Classes", body: tableHtml(["class", "images", "part"], rows) }
}

async function setsSection(
  { id, title }: Pick<Section, "id" | "title">,
  sets: readonly CopySet[],
  rows: Rows,
  caption: (set: CopySet) => string,
): Promise<Section | null> {
  if (sets.length === 0) return null
  const shown: Html[] = []
  for (const set of sets.slice(0, SHOWN)) shown.push(setHtml(caption(set), await rows(set.files)))
  return {
    id,
    title: `${title}: ${whole(sets.length)}`,
    body: html`<div class="sets">${shown}</div>${more(sets.length)}`,
  }
}

/** The least certain first, since they are the ones to look at. */
async function linksSection({ links }: Audit, rows: Rows): Promise<Section | null> {
  if (links.length === 0) return null
  const sorted = [...links].sort((a, b) => a.correlation - b.correlation)
  const shown: Html[] = []
  for (const link of sorted.slice(0, SHOWN)) shown.push(setHtml(how(link), await rows(link.files)))
  const title = `Near copies, the least alike first: ${whole(links.length)}`
  return { id: "near-copies", title, body: html`<div class="sets">${shown}</div>${more(links.length)}` }
}

/** Copies share a row with others if the page is wide enough. */
const setHtml = (caption: string, images: Html): Html => html`<div class="set"><h3>${caption}</h3>${images}</div>\n`

/** How the second image is made from the first. */
function how({ correlation, rotation, mirrored, scale }: CopyLink): string {
  const size = Math.abs(scale - 1) < 0.02 ? "" : `, ${fixed(scale, 2)} times the size`
  return `correlation ${fixed(correlation, 3)}: ${mirrored ? "mirrored, " : ""}turned by ${fixed(rotation, 0)}°${size}`
}

function shortcutsSection({ shortcuts }: Audit): Section | null {
  if (shortcuts.length === 0) return null
  const rows = shortcuts.map(({ name, of, auc, standardError, telling }) => [
    ...[name, of, `${fixed(auc, 2)} ± ${fixed(standardError, 2)}`],
    telling && html`<strong>problem</strong>`,
  ])
  return {
    id: "shortcuts",
    title: "Classes told by one figure alone",
    body: html`<p>0.5 is chance. Each was tried on images of groups that the rule was not made from.</p>
${tableHtml(["figure", "class", "AUC", ""], rows)}`,
  }
}

function withoutBoneSection({ withoutBone, classes }: Audit): Section | null {
  if (withoutBone.length === 0) return null
  return { id: "without-bone", title: "AUC without looking at the bone", body: withoutBoneHtml(withoutBone, classes) }
}

/** The most confidently contradicted first. */
async function doubtSection({ doubt }: Audit, rows: Rows): Promise<Section | null> {
  if (!doubt) return null
  const { run, doubts } = doubt
  const shown: Html[] = []
  for (const { file, label, answer, confidence } of doubts.slice(0, SHOWN))
    shown.push(
      html`<div><h3>given ${label}, predicted ${answer} with ${percent(confidence)}</h3>${await rows([file])}</div>\n`,
    )
  return {
    id: "doubt",
    title: `Labels that may be wrong: ${whole(doubts.length)}`,
    body: html`<p>Labels that the networks of ${run} contradict, each network on images that it was not trained on.
Either the network or the label is wrong: look at the image.</p>
<div class="copies">${shown}</div>${more(doubts.length)}`,
  }
}

function listSection(id: string, title: string, lines: readonly string[]): Section | null {
  if (lines.length === 0) return null
  const items = lines.slice(0, NAMES).map((line) => html`<li>${line}</li>\n`)
  const rest = lines.length > NAMES && html`<p>and ${whole(lines.length - NAMES)} more</p>`
  return { id, title: `${title}: ${whole(lines.length)}`, body: html`<ul class="names">${items}</ul>${rest}` }
}

const more = (n: number): Html | false => n > SHOWN && html`<p>and ${whole(n - SHOWN)} more; --json lists all</p>`
