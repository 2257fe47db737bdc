// The pages of docs/ and the README as HTML, for the links of the page: its texts are short, theirs
// are whole.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import katex from "katex"
import { Marked } from "marked"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** As GitHub names a heading, so that the pages' own links find it. */
const anchor = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-")

const escaped = (text) => text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`)

/** Whether a link leads to something that is written here, or into the world. */
const leadsSomewhere = (href) => /^(https?:|#)/.test(href) || /\.(md|png|svg)(#|$)/.test(href)

const marked = new Marked({
  renderer: {
    // Formulas, as MathML: the page needs no script or font for it.
    code({ lang, text }) {
      if (lang !== "math") return false
      return `<div class="wide">${katex.renderToString(text, { displayMode: true, output: "mathml", throwOnError: true })}</div>\n`
    },
    heading({ tokens, depth, text }) {
      return `<h${depth} id="${anchor(text.replaceAll("`", ""))}">${this.parser.parseInline(tokens)}</h${depth}>\n`
    },
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens)
      // The code is not part of the page.
      if (!leadsSomewhere(href)) return text
      const target = /^https?:/.test(href) ? href : href.replace(/\.md(#|$)/, ".html$1")
      return `<a href="${escaped(target)}">${text}</a>`
    },
    // In a box of its own: a table may be wider than a phone.
    table(token) {
      const row = (cells, tag) =>
        `<tr>${cells.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join("")}</tr>`
      const rows = token.rows.map((cells) => row(cells, "td")).join("\n")
      return `<div class="wide"><table><thead>${row(token.header, "th")}</thead><tbody>${rows}</tbody></table></div>\n`
    },
  },
})

/** @param up from the page to the folder of the site */
const whole = (title, body, up, policy) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${up}page.css">
<title>${escaped(title)}</title>
</head>
<body class="doc">
<nav aria-label="Site"><ul><li><a href="${up}index.html">The page</a></li><li><a href="${up}README.html">README</a></li>
<li><a href="${up}docs/README.html">Docs</a></li></ul></nav>
<main>
${body}</main>
</body>
</html>
`

/** Writes them into `folder`, with their pictures. */
export function writeDocs(folder, policy) {
  const pages = ["docs", "research"].flatMap((part) =>
    readdirSync(path.join(root, part)).map((name) => `${part}/${name}`),
  )
  for (const made of ["docs/images", "research"]) mkdirSync(path.join(folder, made), { recursive: true })
  for (const file of ["README.md", ...pages.filter((name) => name.endsWith(".md"))]) {
    const text = readFileSync(path.join(root, file), "utf8")
    const title = /^# (.*)/m.exec(text)?.[1] ?? file
    const page = whole(title, marked.parse(text), file.includes("/") ? "../" : "", policy)
    writeFileSync(path.join(folder, file.replace(/\.md$/, ".html")), page)
  }
  for (const picture of readdirSync(path.join(root, "docs/images")).filter((name) => /\.(png|svg|webp)$/.test(name)))
    copyFileSync(path.join(root, "docs/images", picture), path.join(folder, "docs/images", picture))
}
