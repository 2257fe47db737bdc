/** The way from zero: its order, the links between its pages, its exercises, its formulas. */
import { readFileSync } from "node:fs"
import katex from "katex"
import { describe, expect, it } from "vitest"
import { blocks, pages, readPage } from "../support/docs_pages.ts"

const { pagesOfTheWay, footer } = await import(new URL("../../docs/way.mjs", import.meta.url).href)
const way: { title: string; file: string }[] = pagesOfTheWay()
const contents = readPage("docs/README.md").text

/** Chapters with their pages, as the table of contents has them. */
const chapters = contents
  .split(/^## /m)
  .find((part) => part.startsWith("The way from zero"))!
  .split(/^### /m)
  .slice(1)
  .map((part) => ({
    title: part.split("\n")[0],
    files: [...part.matchAll(/^- \[[^\]]+\]\((\w+\.md)\)/gm)].map((match) => `docs/${match[1]}`),
  }))

const answers = (text: string) =>
  [...text.matchAll(/<details><summary>Answer<\/summary>\n([\s\S]*?)<\/details>/g)].map((match) => match[1])

describe("the way from zero", () => {
  it("begins with a pixel and ends with the GPU", () => {
    expect(chapters.map(({ title }) => title)).toEqual([
      "1. Pixels",
      "2. A filter by hand",
      "3. A convolution",
      "4. A network",
      "5. Training",
      "6. A number to trust",
      "7. The GPU",
    ])
  })

  it.each(way.map(({ file }, k) => [file, k] as const))(
    "%s links to its neighbours; node docs/way.mjs writes it",
    (file, k) => {
      const lines = readFileSync(new URL(`../../docs/${file}`, import.meta.url), "utf8")
        .trimEnd()
        .split("\n")
      expect(lines.at(-1)).toBe(footer(way, k))
    },
  )

  it.each(chapters)("$title has three exercises, each with an answer that is computed", ({ files }) => {
    const found = files.flatMap((file) => answers(readPage(file).text))
    expect(found).toHaveLength(3)
    expect(found.filter((answer) => !/^```(calc|js example|json example)\n/m.test(answer))).toEqual([])
  })

  it("explains a cotangent before it uses one", () => {
    const [first] = way.map(({ file }) => readPage(`docs/${file}`).text).filter((text) => text.includes("cotangent"))
    expect(/^.*cotangent.*$/m.exec(first)?.[0]).toMatch(/\*cotangent\*/)
  })
})

it.each(
  pages.flatMap((page) =>
    blocks(page)
      .filter(({ info }) => info === "math")
      .map(({ text, line }) => ({ where: `${page.file}:${line}`, text })),
  ),
)("$where is a formula", ({ text }) => {
  expect(() => katex.renderToString(text, { displayMode: true, throwOnError: true, strict: "error" })).not.toThrow()
})
