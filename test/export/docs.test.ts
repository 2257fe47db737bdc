/**
 * What docs/export.md shows, done as it stands, block after block, in a folder with a run and a
 * radiograph.
 */
import { execFile } from "node:child_process"
import { symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import { promisify } from "node:util"
import sharp from "sharp"
import { expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { blocks, readPage, root } from "../support/docs_pages.ts"
import { phantomDataset } from "../support/drawn.ts"
import { pythonWith, runPython } from "../support/python.ts"
import { drawnMember } from "../support/some_weights.ts"
import { tempFolder } from "../support/temp_folder.ts"

const SIZE = 80
const examples = path.join(root, "examples")

async function folderWithRun(): Promise<string> {
  const given = { model: "small", size: SIZE, classes: ["not_fractured", "fractured"] }
  const { pixels } = phantomDataset({ count: 2, seed: 1, size: SIZE })
  const raw = { width: SIZE, height: SIZE, channels: 1 as const }
  const folder = await tempFolder({
    "run/fold-0.safetensors": drawnMember({ ...given, fold: 0 }),
    "run/fold-1.safetensors": drawnMember({ ...given, fold: 1 }),
    "radiograph.png": await sharp(pixels.subarray(0, SIZE ** 2), { raw })
      .toColourspace("b-w")
      .png()
      .toBuffer(),
  })
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"))
  return folder
}

/** Runs a block, and returns what it printed. */
async function run(folder: string, language: string, text: string, python: string): Promise<string> {
  if (language === "python") return runPython(python, text, folder, examples)
  if (language === "js") {
    const file = path.join(folder, "script.mjs")
    writeFileSync(file, text)
    return (await promisify(execFile)(process.execPath, [file], { cwd: folder })).stdout
  }
  let printed = ""
  for (const line of text.trim().split("\n")) {
    expect(line).toMatch(/^npx cnn /)
    const { code, stdout, stderr } = await cnn(line.split(" ").slice(2), {}, undefined, folder)
    expect(`${line}: ${code} ${stderr}`).toBe(`${line}: 0 `)
    printed += stdout
  }
  return printed
}

it("docs/export.md: commands and scripts", async () => {
  const folder = await folderWithRun()
  const done: string[] = []
  const told = JSON.parse((await cnn(["predict", "run", "radiograph.png", "--json"], {}, undefined, folder)).stdout)
  for (const { info, text } of blocks(readPage("docs/export.md"))) {
    // test/docs/docs.test.ts runs the worked examples.
    if (info === "js example") continue
    // test/cli/own_network.test.ts does these with a layer of its own.
    if (info === "sh own") continue
    const [language, , module] = info.split(" ")
    const python = module ? await pythonWith(module) : undefined
    if (module && !python) continue
    const printed = await run(folder, language, text, python!)
    if (text.includes("probabilities")) expect(Number(printed)).toBeCloseTo(told.predictions[0].probability, 5)
    done.push(info)
  }
  // Those that need no Python are done on every machine.
  expect(done).toEqual(expect.arrayContaining(["sh run", "js run"]))
})
