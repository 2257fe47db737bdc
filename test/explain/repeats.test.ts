/**
 * `cnn explain --all` of a run of two cross-validations: each image has a map in both, and
 * none is lost.
 */
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { tempFolder } from "../support/temp_folder.ts"

const pngs = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".png"))

it("every repeat has heatmaps and rows of its own", async () => {
  const folder = await tempFolder()
  const [run, maps] = [path.join(folder, "run"), path.join(folder, "maps")]
  const flags = ["--count", "12", "--size", "16", "--folds", "2", "--repeats", "2", "--epochs", "1", "--batch", "6"]
  expect(await cnn(["train", ...flags, "--out", run])).toMatchObject({ code: 0, stderr: "" })
  const { code, stdout } = await cnn(["explain", run, "--all", "--out", maps])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^24 maps, of 2 repeats, of 12 images by layer-cam, each by the network that was not trained on it$/m,
  )
  expect(readdirSync(maps).sort()).toEqual(["repeat-0", "repeat-1"])
  const [first, second] = ["repeat-0", "repeat-1"].map((name) => path.join(maps, name))
  expect(pngs(first)).toHaveLength(12)
  expect(pngs(second).sort()).toEqual(pngs(first).sort())
  const same = pngs(first).filter((png) => readFileSync(path.join(first, png)).equals(readFileSync(path.join(second, png)))) // biome-ignore format: short
  expect(same.length).toBeLessThan(12)
  type Row = { file: string; repeat: number }
  const { images } = JSON.parse(readFileSync(path.join(run, "explanations.json"), "utf8"))["layer-cam"]
  const rows = (images as Row[]).map(({ file, repeat }) => `${file} ${repeat}`)
  expect(rows).toEqual([...new Set(rows)].sort())
  expect(rows).toHaveLength(24)
})
