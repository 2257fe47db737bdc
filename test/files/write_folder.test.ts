import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { expect, it } from "vitest"
import { writeFreshFolder } from "../../src/files/write_folder.ts"
import { tempFolder } from "../support/temp_folder.ts"

it("a fresh folder is another one than that of a process which was faster", async () => {
  const dir = await tempFolder({})
  const folder = path.join(dir, "set")
  const files = {
    get "page.html"() {
      mkdirSync(folder)
      writeFileSync(path.join(folder, "page.html"), "theirs")
      return "ours"
    },
  }
  expect(writeFreshFolder(folder, files)).toBe(`${folder}-2`)
  expect(readdirSync(dir).sort()).toEqual(["set", "set-2"])
  expect(["set", "set-2"].map((name) => readFileSync(path.join(dir, name, "page.html"), "utf8"))).toEqual(["theirs", "ours"]) // biome-ignore format: one
  expect(writeFreshFolder(folder, { "page.html": "last" })).toBe(`${folder}-3`)
})
