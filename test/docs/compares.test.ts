/** docs/how_this_compares.md: versions are those that are installed or were recorded. */
import { readFileSync } from "node:fs"
import path from "node:path"
import { expect, it } from "vitest"
import { readPage, root } from "../support/docs_pages.ts"

const page = readPage("docs/how_this_compares.md").text
const json = (file: string) => JSON.parse(readFileSync(path.join(root, file), "utf8"))
const versionOf = (tool: string) => new RegExp(`\\| \\[${tool}\\]\\([^)]*\\) \\| ([\\d.]+)`).exec(page)?.[1]

it("names the versions that npm run bench:peers installs and that the fixtures were made with", () => {
  const { dependencies } = json("bench/peers/package.json")
  expect(versionOf("TensorFlow\\.js")).toBe(dependencies["@tensorflow/tfjs-core"])
  expect(versionOf("jax-js")).toBe(dependencies["@jax-js/jax"])
  expect(versionOf("scikit-learn")).toBe(json("test/fixtures/classic.json").versions["scikit-learn"])
})

/** Least and most of a column "times ours" on the page of benchmarks, for one peer. */
function timesOurs(peer: string): [number, number] {
  const rows = [
    ...readPage("docs/benchmarks.md").text.matchAll(/^\|.*\| (jax-js|TensorFlow\.js) \|.*\| ([\d.]+) \|$/gm),
  ]
  const times = rows.filter(([, name]) => name === peer).map(([, , times]) => Number(times))
  return [Math.round(Math.min(...times)), Math.ceil(Math.max(...times) - 0.5)]
}

it.each(["docs/how_this_compares.md", "README.md"])("%s gives the speed that docs/benchmarks.md records", (file) => {
  const [jax, tfjs] = ["jax-js", "TensorFlow.js"].map(timesOurs)
  const text = readPage(file).text.replaceAll(/\s+/g, " ")
  expect(text).toContain(`${jax[0]} to ${jax[1]} times as fast as jax-js`)
  expect(text).toContain(`${tfjs[0]} to ${tfjs[1]} times as fast as TensorFlow.js`)
})

it("the README's times are those of docs/benchmarks.md", () => {
  const recorded = readPage("docs/benchmarks.md").text
  const rows = [...readPage("README.md").text.matchAll(/^\| RefNet-[SM], \w+ \|(.*)\|$/gm)].map(([, cells]) =>
    cells.split("|").map((cell) => cell.replace("ms", "").trim()),
  )
  expect(rows).toHaveLength(4)
  // In a table of the page, or as the seconds in its text.
  const isRecorded = (time: string) =>
    recorded.includes(`| ${time} (`) || recorded.includes(`${Number(time) / 1000} s (`)
  expect(rows.flat().filter((time) => !isRecorded(time))).toEqual([])
})
