// Writes the links to the previous and the next page under each page of the way from zero, in the
// order of docs/README.md: node docs/way.mjs
import { readFileSync, writeFileSync } from "node:fs"

const here = (file) => new URL(file, import.meta.url)
const FOOTER = /\n+---\n\n.*\[Contents\]\(README\.md\).*\n$/

/** The pages of the way in order: file and title. */
export function pagesOfTheWay(contents = readFileSync(here("README.md"), "utf8")) {
  const [, way] = /^## The way from zero\n([\s\S]*?)^## /m.exec(contents)
  return [...way.matchAll(/^- \[([^\]]+)\]\((\w+\.md)\)/gm)].map(([, title, file]) => ({ title, file }))
}

/** What stands under page `k`. */
export function footer(pages, k) {
  const [before, after] = [pages[k - 1], pages[k + 1]]
  const links = [
    before && `← [${before.title}](${before.file})`,
    "[Contents](README.md)",
    after && `[${after.title}](${after.file}) →`,
  ]
  return links.filter(Boolean).join(" · ")
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const pages = pagesOfTheWay()
  for (const [k, { file }] of pages.entries()) {
    const text = readFileSync(here(file), "utf8").replace(FOOTER, "\n").trimEnd()
    writeFileSync(here(file), `${text}\n\n---\n\n${footer(pages, k)}\n`)
  }
}
