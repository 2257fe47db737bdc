/** The classes of a run's images, before one is read. */
import { symlinkSync } from "node:fs"
import path from "node:path"
import { expect, it } from "vitest"
import { loadFolder } from "../../src/data/load.ts"
import { classesIn } from "../../src/run/data_source.ts"
import { tempFolder } from "../support/temp_folder.ts"

it("a class that is nothing but links that lead outside is refused with its cause, as loading does", async () => {
  const [dir, outside] = [await tempFolder({ "fractured/1.png": "x" }), await tempFolder({ "2.png": "x" })]
  symlinkSync(outside, path.join(dir, "normal"))
  const messages = await Promise.all(
    [classesIn({ kind: "folder", dir, strict: false }), loadFolder(dir, { size: 16, cacheDir: false })].map((one) =>
      one.then(String, (error: Error) => error.message),
    ),
  )
  expect(messages[0]).toMatch(/only one class folder, "fractured".*nothing in "normal" can be used .*symbolic link/)
  expect(messages[0]).toBe(messages[1])
})
