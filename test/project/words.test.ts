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
  ...["parts of the cross-validation", "[Oo]f everything random", "longest gradient, as", "change places in half"],
  ...["takes? weights over", "tells a command", "where a run.s networks looked", "go behind a flag", "How often which"],
  ...["at first, below as", "[Ww]hole folders it writes", "reckoned from", "the same seed, the same run"],
  ...["so many times in a new process", "whole cross-validations", "(are|is|be) gone on", "images a class"],
  ...["also where it is faster without", "learned by heart", "(row|line) a kernel"],
  ...["Beside not looking", "What is held to", "ends at once", "goes on from here", "say of images"],
]
const pattern = new RegExp(RETIRED.join("|"))

const files = [
  ...["bench", "bin", "examples", "research", "src", "test"]
    .flatMap((folder) => filesIn(folder, /\.(ts|html|wgsl|mjs|py)$/))
    .filter((file) => !file.includes("node_modules") && file !== "test/project/words.test.ts"),
  ...filesIn("docs", /\.(md|mjs)$/),
  ...["README.md", "CONTRIBUTING.md"],
]

it("no retired phrase is in code or docs", () => {
  expect(files.length).toBeGreaterThan(800)
  const found = files.flatMap((file) =>
    readPage(file)
      .text.split("\n")
      .flatMap((line, i) => (pattern.test(line) ? `${file}:${i + 1}: ${line.trim()}` : [])),
  )
  expect(found).toEqual([])
})
