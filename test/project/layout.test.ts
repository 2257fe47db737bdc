/**
 * The README's table of folders: it names all of them, in an order in which none imports from one
 * below it.
 */
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"

const readme = readFileSync("README.md", "utf8")
const order = [...readme.matchAll(/^\| `src\/(\w+)` /gm)].map(([, folder]) => folder)

const IMPORT = /\b(?:from|import) "(\.\.?\/[^"]+)"|\bimport\(\s*"(\.\.?\/[^"]+)"\s*\)/g

interface Import {
  file: string
  /** The imported file, as a path from the project's folder. */
  target: string
}

/** Every relative import in a text, those of types and late ones included. */
const importsOf = (file: string, text: string): Import[] =>
  [...text.matchAll(IMPORT)].map(([, from, late]) => ({
    file,
    target: path.posix.join(path.posix.dirname(file), from ?? late),
  }))

const imports = ["src", "bench", "examples"].flatMap((top) =>
  readdirSync(top, { recursive: true, encoding: "utf8" })
    .map((name) => path.posix.join(top, name.split(path.sep).join("/")))
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes("node_modules"))
    .flatMap((file) => importsOf(file, readFileSync(file, "utf8"))),
)

/** What is wrong with an import, or undefined. */
function problem({ file, target }: Import): string | undefined {
  const [top, folder] = file.split("/")
  // The build's scripts import the built program.
  const [into, other] = target.replace(/^dist\//, "").split("/")
  if (into === "test") return `${file} imports ${target}: nothing that ships imports test`
  if (top === "src" && into === "bench" && folder !== "cli")
    return `${file} imports ${target}: only src/cli imports bench`
  if (top === "src" && !["src", "bench"].includes(into)) return `${file} imports ${target}, which is outside src`
  // src/index.ts and its like, the package's exports, are in no folder.
  const isUpward =
    top === "src" && into === "src" && order.includes(folder) && order.indexOf(other) > order.indexOf(folder)
  return isUpward ? `${file} imports ${target}, which is below it in the table` : undefined
}

it("the table names every folder of src", () => {
  const folders = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect([...order].sort()).toEqual(folders.map(({ name }) => name).sort())
})

it("imports run from its lower rows to its upper ones, to bench from cli alone, and never to test", () => {
  expect(imports.length).toBeGreaterThan(1000)
  expect(imports.flatMap((one) => problem(one) ?? [])).toEqual([])
})

describe("the check notices", () => {
  it.each([
    ["an import from below", "src/gpu/gpu.ts", `import { relu } from "../layers/relu.ts"`],
    ["a type from below", "src/gpu/gpu.ts", `import type { Tensor } from "../tensor/tensor.ts"`],
    ["a late import", "src/data/load.ts", `const { train } = await import(${JSON.stringify("../train/fold.ts")})`],
    ["an export from below", "src/text/table.ts", `export { csv } from "../files/csv.ts"`],
    ["a bare import", "src/text/table.ts", `import "../files/csv.ts"`],
    ["bench outside cli", "src/train/fold.ts", `import { x } from "../../bench/digits.ts"`],
    ["test from bench", "bench/stage.ts", `import { x } from "../test/support/open.ts"`],
    ["test from cli", "src/cli/tune.ts", `import { x } from "../../test/support/open.ts"`],
    ["examples from src", "src/cli/tune.ts", `import { x } from "../../examples/mnist.ts"`],
  ])("%s", (_, file, text) => {
    expect(importsOf(file, text).map(problem)).toEqual([expect.any(String)])
  })

  it("nothing in what is right", () => {
    const right: [string, string][] = [
      ["src/cli/tune.ts", `import { x } from "../../bench/tune/run.ts"`],
      ["src/layers/relu.ts", `import { op } from "../tensor/tape.ts"`],
      ["bench/stage.ts", `import { x } from "./reference/gradcheck.ts"`],
    ]
    expect(right.flatMap(([file, text]) => importsOf(file, text).map(problem))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})
