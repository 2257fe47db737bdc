/**
 * The documentation against the code: worked examples run on the GPU, arithmetic adds up, links
 * lead somewhere.
 */
import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { anchors, blocks, filesIn, localLinks, namedFiles, pages, readPage, root } from "../support/docs_pages.ts"
import { openForTests } from "../support/open.ts"
import { agrees, calculations, evaluate, wrongCalculation } from "./numbers.ts"
import { type Example, element, runExample, runScript } from "./run.ts"

const gpu = await openForTests()

const located = (info: string) =>
  pages.flatMap((page) =>
    blocks(page)
      .filter((block) => block.info === info)
      .map((block) => ({ where: `${page.file}:${block.line}`, page, ...block })),
  )
const examples = located("json example").map((block) => ({ ...block, example: JSON.parse(block.text) as Example }))
const target = (from: string, link: string) => path.posix.join(path.posix.dirname(from), link.split("#")[0])

describe("worked examples", () => {
  it.each(examples)("$where: $example.op", async ({ example }) => {
    await runExample(gpu, example)
  })

  it.each(located("js example"))("$where: script", async ({ text }) => {
    expect(await runScript(gpu, text)).toBeGreaterThan(0)
  })

  it.each(located("calc"))("$where: arithmetic", ({ page, line, text }) => {
    const before = examples.filter((block) => block.page === page && block.line < line).pop()
    const look = (name: string) => (before ? element(before.example, name) : undefined)
    const wrong = calculations(text).flatMap((calculation) => {
      const problem = wrongCalculation(calculation, look)
      return problem ? [`${calculation}: ${problem}`] : []
    })
    expect(wrong).toEqual([])
  })

  it("holds for every op there is", () => {
    const shown = new Set(examples.map(({ example }) => example.op))
    const scripts = located("js example").map(({ text }) => text)
    const ops = filesIn("src/layers", /\.ts$/).flatMap((file) =>
      [...readFileSync(path.join(root, file), "utf8").matchAll(/\bop\("(\w+)"/g)].map((match) => match[1]),
    )
    expect(ops.length).toBeGreaterThan(5)
    expect(ops.filter((op) => !shown.has(op) && !scripts.some((text) => text.includes(`${op}(`)))).toEqual([])
  })
})

describe("what the pages point to", () => {
  it.each(pages)("$file: links and files", (page) => {
    const dead = localLinks(page).filter((link) => {
      const file = link.startsWith("#") ? page.file : target(page.file, link)
      if (!existsSync(path.join(root, file))) return true
      const anchor = link.split("#")[1]
      return anchor !== undefined && !anchors(readPage(file).text).has(anchor)
    })
    expect(dead).toEqual([])
    expect(namedFiles(page).filter((file) => !existsSync(path.join(root, file)))).toEqual([])
  })

  it("is shader text as it stands in the shader", () => {
    const shaders = filesIn("src/shaders", /\.wgsl$/).map((file) => readPage(file).text)
    const quoted = located("wgsl")
    expect(quoted.length).toBeGreaterThan(0)
    expect(
      quoted.filter(({ text }) => !shaders.some((shader) => shader.includes(text))).map(({ where }) => where),
    ).toEqual([])
  })

  it("are all shaders, layers and optimisers", () => {
    const linked = new Set(pages.flatMap((page) => localLinks(page).map((link) => target(page.file, link))))
    const wanted = [
      ...filesIn("src/shaders", /\.wgsl$/),
      ...filesIn("src/layers", /\.ts$/),
      ...filesIn("src/optim", /\.ts$/),
    ]
    expect(wanted.filter((file) => !linked.has(file))).toEqual([])
  })

  it("are all pages, from the table of contents", () => {
    const contents = readPage("docs/README.md")
    const linked = new Set(localLinks(contents).map((link) => target(contents.file, link)))
    expect(pages.map(({ file }) => file).filter((file) => /^docs\/(?!README)/.test(file) && !linked.has(file))).toEqual(
      [],
    )
  })
})

describe("the checks themselves", () => {
  it("hold a number to its printed digits", () => {
    expect(agrees(0.123449, 0.1234)).toBe(true)
    expect(agrees(0.12346, 0.1234)).toBe(false)
    expect(agrees(1.5001, 1.5)).toBe(false)
    expect(agrees(3.0001, 3)).toBe(false)
    expect(agrees(4.6e-5, 4e-5)).toBe(false)
  })

  it("find a wrong sum, a wrong element and what is no arithmetic", () => {
    const look = (name: string) => (name === "y[0]" ? 3 : undefined)
    expect(evaluate("2*(1 + exp(0))^2")).toBe(8)
    expect(evaluate("alert(1)")).toBeUndefined()
    expect(wrongCalculation("y[0] = 1 + 2 = 3", look)).toBeUndefined()
    expect(wrongCalculation("y[0] = 1 + 3 = 4", look)).toBe("the example prints 3")
    expect(wrongCalculation("s = 1 + 1 = 3", look)).toBe("the arithmetic comes to 2")
    expect(wrongCalculation("s = a + b = 3", look)).toBe('"a + b" is no arithmetic')
    expect(wrongCalculation("s = 3", look)).toBe("nothing to compare")
  })

  it("fail on an example with a wrong digit or gradient", async () => {
    const example = { op: "relu", inputs: { x: [-1, 2] }, output: [0, 2], dy: [3, 5], gradients: { x: [0, 5] } }
    await runExample(gpu, example)
    await expect(runExample(gpu, { ...example, output: [0, 2.1] })).rejects.toThrow("element 1 is 2")
    await expect(runExample(gpu, { ...example, gradients: { x: [3, 5] } })).rejects.toThrow("dx: element 0 is 0")
    await expect(runExample(gpu, { ...example, output: [[0, 2]] })).rejects.toThrow("prints [1,2]")
    await expect(runScript(gpu, "1 + 1 // -> 3")).rejects.toThrow("2 came out")
    await expect(runScript(gpu, "1 + 1 // throws no")).rejects.toThrow("nothing was thrown")
  })
})
