/** The README's table of folders: all of them, in an order in which none imports from one below it. */
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { expect, it } from "vitest"

const readme = readFileSync("README.md", "utf8")
const order = [...readme.matchAll(/^\| `src\/(\w+)` /gm)].map(([, folder]) => folder)

it("the table names every folder of src", () => {
  const folders = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect([...order].sort()).toEqual(folders.map(({ name }) => name).sort())
})

it("imports run from its lower rows to its upper ones", () => {
  const upwards: string[] = []
  for (const [row, folder] of order.entries()) {
    for (const name of readdirSync(path.join("src", folder), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts")) continue
      const file = path.join("src", folder, name)
      for (const [, from] of readFileSync(file, "utf8").matchAll(/ from "(\.\.?\/[^"]+)"/g)) {
        const [, other] = path.join(path.dirname(file), from).split(path.sep)
        if (order.indexOf(other) > row) upwards.push(`${file} imports ${from}`)
      }
    }
  }
  expect(upwards).toEqual([])
})
