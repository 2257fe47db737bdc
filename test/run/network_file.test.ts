/** Loading a user's network file. */
import module from "node:module"
import path from "node:path"
import { expect, it, vi } from "vitest"
import { loadNetworkFile } from "../../src/run/network_file.ts"
import { tempFolder } from "../support/temp_folder.ts"

it("registers its hooks once, also if the first file is loaded twice", async () => {
  // As from Node 22.15; the files below import nothing that would need the hooks.
  const registerHooks = vi.fn()
  Object.assign(module, { registerHooks })
  const folder = await tempFolder({ "a.mjs": "export default 1", "b.mjs": "export default 2" })
  for (const name of ["a.mjs", "a.mjs", "b.mjs"])
    await expect(loadNetworkFile(path.join(folder, name))).rejects.toThrow("its default export is not from")
  expect(registerHooks).toHaveBeenCalledTimes(1)
})
