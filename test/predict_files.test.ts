/** What `cnn predict` does with files of others, in this process: none is lost. */
import { readdirSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { openHeatmaps, refuseOthers } from "../src/predict/heatmap_folder.ts"
import { heatmapName } from "../src/predict/heatmap_name.ts"
import { tempFolder } from "./temp_folder.ts"

describe("a folder of heatmaps", () => {
  const ours = heatmapName("a.png")

  it("keeps what is others', and loses only begun heatmaps", async () => {
    const others = ["film.zip.001.part", "a.json.12.part", "notes.txt", "x.png.12.part"]
    const names = [...others, ours, `${ours}.12.part`]
    const folder = await tempFolder(Object.fromEntries(names.map((name) => [name, ""])))
    refuseOthers(folder, true)
    openHeatmaps(folder)
    expect(readdirSync(folder).sort()).toEqual([...others, ours].sort())
    expect(() => refuseOthers(folder, false)).toThrow(/holds 4 files already, and nothing is overwritten/)
  })

  it("is refused where all of it is others', also for a table that is gone on with", async () => {
    const folder = await tempFolder({ "film.zip.001.part": "" })
    for (const begun of [false, true])
      expect(() => refuseOthers(folder, begun)).toThrow(`${folder}: the folder holds 1 file already`)
    const file = path.join(folder, "film.zip.001.part")
    expect(() => refuseOthers(file, true)).toThrow(/is a file/)
  })

  it("may be new, empty, or hold begun heatmaps alone", async () => {
    for (const begun of [false, true]) {
      refuseOthers(path.join(await tempFolder(), "new"), begun)
      refuseOthers(await tempFolder(), begun)
      refuseOthers(await tempFolder({ [`${ours}.12.part`]: "" }), begun)
    }
  })
})
