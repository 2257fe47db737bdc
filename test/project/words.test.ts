/**
 * Phrases that are no English, or not the field's word: none may come back into messages, comments
 * or docs.
 */
import { expect, it } from "vitest"
import { filesIn, readPage } from "../support/docs_pages.ts"

const RETIRED = [
  ...[
    "learns? by heart",
    "learnt by heart",
    "(goes|go|gone) on with",
    "nobody knows",
    "(line|row|picture|heatmap) an image",
  ],
  ...["line an event", "images a (step|second)", "answered as", "as the networks say", "too sure of", "anew\\b"],
  ...["What was trained on what", "How to repeat it", "told by this alone", "and you look into it", "set against"],
  ...["Beside not looking", "What is held to", "ends at once", "goes on from here", "say of images"],
]
const pattern = new RegExp(RETIRED.join("|"))

const files = [
  ...filesIn("src", /\.(ts|html|wgsl|mjs)$/),
  ...filesIn("docs", /\.(md|mjs)$/),
  ...["README.md", "CONTRIBUTING.md"],
]

it("no retired phrase is in code or docs", () => {
  expect(files.length).toBeGreaterThan(300)
  const found = files.flatMap((file) =>
    readPage(file)
      .text.split("\n")
      .flatMap((line, i) => (pattern.test(line) ? `${file}:${i + 1}: ${line.trim()}` : [])),
  )
  expect(found).toEqual([])
})
