import path from "node:path"
import { expect, it } from "vitest"
import { checkBy } from "../../src/cli/flag_by.ts"
import { tempFolder } from "../support/temp_folder.ts"

it("--by reads a table of new images with the run's classes: one of them alone is enough", async () => {
  const dir = await tempFolder({ "labels.csv": "file,label,site\na.png,fractured,north\nb.png,fractured,south\n" })
  const source = { kind: "folder" as const, dir, labels: path.join(dir, "labels.csv"), strict: false }
  await expect(checkBy(["site"], source, ["not_fractured", "fractured"])).resolves.toBeUndefined()
  await expect(checkBy(["scanner"], source, ["not_fractured", "fractured"])).rejects.toThrow(
    /no column "scanner": expected .*site/,
  )
  await expect(checkBy(["site"], source)).rejects.toThrow("expected two classes or more")
})
