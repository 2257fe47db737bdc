/** Comments are at most 100 columns wide, in every folder of code. */
import { expect, it } from "vitest"
import { filesIn, readPage } from "../support/docs_pages.ts"

const WIDTH = 100
const FOLDERS = ["bench", "bin", "examples", "research", "src", "test"]
/** A line that holds nothing but a comment. A link and what a tool reads stay whole. */
const COMMENT = /^\s*(\/\/|\/\*|\*[ /]|# )(?!.*(https?:\/\/\S{60}|biome-ignore))/

it("comments are at most 100 columns wide", () => {
  const files = FOLDERS.flatMap((folder) => filesIn(folder, /\.(ts|mjs|wgsl|py)$/)).filter(
    (file) => !file.includes("node_modules"),
  )
  expect(files.length).toBeGreaterThan(700)
  const wide = files.flatMap((file) =>
    readPage(file)
      .text.split("\n")
      .flatMap((line, i) => (line.length > WIDTH && COMMENT.test(line) ? `${file}:${i + 1}: ${line.length}` : [])),
  )
  expect(wide).toEqual([])
})
