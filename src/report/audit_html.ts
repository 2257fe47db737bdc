/** An audit as one HTML file: nothing is loaded from elsewhere, and copies are shown side by side. */
import type { Audit, CopyLink, CopySet } from "../audit/audit.ts"
import { findings } from "../audit/findings.ts"
import { escapeHtml } from "./escape.ts"
import { fixed, percent, whole } from "./text.ts"

/** Sets and pairs that are shown; the rest is in the JSON. */
const SHOWN = 60
/** Images of a set that are shown. */
const ROW = 8
/** Names in a list. */
const NAMES = 50

/**
 * @param preview an image as a data URI; what it throws is shown in the image's place
 */
export async function auditHtml(audit: Audit, preview: (file: string) => Promise<string>): Promise<string> {
  const picture = async (file: string): Promise<string> => {
    const image = await preview(file).then(
      (uri) => `<img src="${escapeHtml(uri)}" alt="">`,
      (error: Error) => `<p>${escapeHtml(error.message)}</p>`,
    )
    return `<figure>${image}<figcaption>${escapeHtml(file)}</figcaption></figure>`
  }
  const rows = async (files: readonly string[]) => {
    const pictures = []
    for (const file of files.slice(0, ROW)) pictures.push(await picture(file))
    const rest = files.length > ROW ? `<p>and ${whole(files.length - ROW)} more</p>` : ""
    return `<div class="row">${pictures.join("")}${rest}</div>`
  }
  const body = [
    `<h1>${escapeHtml(audit.dir)}</h1>`,
    overview(audit),
    await setsHtml("Copies with different labels", conflicting(audit), rows, ({ classes }) => classes.join(", ")),
    await setsHtml("Copies in different groups", apart(audit), rows, (set) => set.groups.join(", ")),
    await setsHtml("Copies in different parts of the split", leaking(audit), rows, ({ parts }) => parts.join(", ")),
    await linksHtml(audit, rows),
    await setsHtml(
      "Identical files",
      audit.identical.map((files) => ({ files, classes: [], groups: [], parts: [] })),
      rows,
      ({ files }) => `${files.length} files`,
    ),
    shortcutsHtml(audit),
    listHtml(
      "Files that cannot be used",
      audit.skipped.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    ...Object.entries(audit.metadata).map(([kind, files]) => listHtml(`Files with ${kind}`, files)),
  ]
  return page(`Audit of ${audit.dir}`, body.join("\n"))
}

const conflicting = ({ copies }: Audit) => copies.filter(({ classes }) => classes.length > 1)
const apart = ({ copies }: Audit) => copies.filter(({ groups }) => groups.length > 1)
const leaking = ({ copies }: Audit) => copies.filter(({ parts }) => parts.length > 1)

function overview(audit: Audit): string {
  const { files, classes, labels, grouping } = audit
  const counts = classes.map((name, label) => {
    const n = labels.filter((one) => one === label).length
    return `<tr><td>${escapeHtml(name)}</td><td>${whole(n)}</td><td>${percent(n / files.length)}</td></tr>`
  })
  const formats = Object.entries(audit.formats).map(([format, n]) => `${whole(n)} ${format}`)
  const all = findings(audit).map(({ level, text }) => `<li class="${level}">${escapeHtml(text)}</li>`)
  return `<p>${whole(files.length)} images (${escapeHtml(formats.join(", "))}). ${escapeHtml(grouping)}</p>
<ul class="findings">${all.join("\n") || "<li>Nothing to object to.</li>"}</ul>
${counts.length > 0 ? `<h2>Classes</h2><table><tr><th>class</th><th>images</th><th>part</th></tr>${counts.join("")}</table>` : ""}`
}

type Rows = (files: readonly string[]) => Promise<string>

async function setsHtml(
  title: string,
  sets: readonly CopySet[],
  rows: Rows,
  caption: (set: CopySet) => string,
): Promise<string> {
  if (sets.length === 0) return ""
  const shown = []
  for (const set of sets.slice(0, SHOWN)) shown.push(`<h3>${escapeHtml(caption(set))}</h3>${await rows(set.files)}`)
  return `<h2>${title}: ${whole(sets.length)}</h2>${shown.join("\n")}${more(sets.length)}`
}

/** The least certain first, since they are the ones to look at. */
async function linksHtml({ links }: Audit, rows: Rows): Promise<string> {
  if (links.length === 0) return ""
  const sorted = [...links].sort((a, b) => a.correlation - b.correlation)
  const shown = []
  for (const link of sorted.slice(0, SHOWN)) shown.push(`<h3>${how(link)}</h3>${await rows(link.files)}`)
  return `<h2>Near copies, the least alike first: ${whole(links.length)}</h2>${shown.join("\n")}${more(links.length)}`
}

/** How the second image is made from the first. */
function how({ correlation, rotation, mirrored, scale }: CopyLink): string {
  const size = Math.abs(scale - 1) < 0.02 ? "" : `, ${fixed(scale, 2)} times the size`
  return `correlation ${fixed(correlation, 3)}: ${mirrored ? "mirrored, " : ""}turned by ${fixed(rotation, 0)}°${size}`
}

function shortcutsHtml({ shortcuts }: Audit): string {
  if (shortcuts.length === 0) return ""
  const rows = shortcuts.map(
    ({ name, of, auc, standardError, telling }) =>
      `<tr${telling ? ' class="problem"' : ""}><td>${name}</td><td>${escapeHtml(of)}</td><td>${fixed(auc, 2)} ± ${fixed(standardError, 2)}</td></tr>`,
  )
  return `<h2>Classes told by one figure alone</h2><p>0.5 is chance. Each was tried on images of groups that the rule was not made from.</p>
<table><tr><th>figure</th><th>class</th><th>AUC</th></tr>${rows.join("\n")}</table>`
}

function listHtml(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return ""
  const items = lines.slice(0, NAMES).map((line) => `<li>${escapeHtml(line)}</li>`)
  const rest = lines.length > NAMES ? `<p>and ${whole(lines.length - NAMES)} more</p>` : ""
  return `<h2>${escapeHtml(title)}: ${whole(lines.length)}</h2><ul>${items.join("\n")}</ul>${rest}`
}

const more = (n: number): string => (n > SHOWN ? `<p>and ${whole(n - SHOWN)} more; --json lists all</p>` : "")

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
:root { color-scheme: light dark; --edge: #8888; --bad: light-dark(#b00020, #ff8a80) }
body { font: 16px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1, figcaption, li { overflow-wrap: anywhere }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem }
table { border-collapse: collapse }
td, th { padding: .2rem .8rem; border-bottom: 1px solid var(--edge); text-align: left }
.row { display: flex; flex-wrap: wrap; gap: .8rem }
figure { margin: 0; width: 200px }
img { width: 200px; height: 200px; object-fit: contain; background: #000 }
figcaption { font-size: .75rem }
.problem { color: var(--bad) }
</style>
</head>
<body>
${body}
</body>
</html>
`
