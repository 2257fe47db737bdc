/**
 * `npm run test:lavapipe` before it runs anything: which tests it takes, and what it says where it
 * cannot.
 */
import { spawnSync } from "node:child_process"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { root } from "../support/docs_pages.ts"
import { tempFolder } from "../support/temp_folder.ts"
import { driverTests } from "./files.ts"

const start = (env: NodeJS.ProcessEnv) =>
  spawnSync(process.execPath, [path.join(root, "test/drivers/lavapipe.mjs")], { env, encoding: "utf8" })

describe("npm run test:lavapipe", () => {
  it("takes the tests of ops, layers and optimisers, and none that needs files or processes", () => {
    const files = driverTests()
    const layers = ["activations", "conv2d/conv2d", "matmul/dense", "oracle", "sequential"]
    const wanted = [...layers.map((name) => `layers/${name}`), "gpu/driver", "optim/optim", "tensor/tape"]
    expect(files).toEqual(expect.arrayContaining(wanted.map((name) => `test/${name}.test.ts`)))
    for (const name of ["cli/train", "gpu/device", "layers/mutation", "data/load"])
      expect(files).not.toContain(`test/${name}.test.ts`)
  })

  it("says in one line why it skips, and that is no failure", async () => {
    const { status, stdout, stderr } = start({ PATH: await tempFolder() })
    expect(stdout).toMatch(/^test:lavapipe is skipped: .+\.\n$/)
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
  })

  const able = process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0
  it.runIf(able)("refuses a folder without a system in it", async () => {
    const folder = await tempFolder()
    const { status, stderr } = start({ PATH: process.env.PATH, CNN_LAVAPIPE_ROOT: folder })
    expect(status).toBe(1)
    expect(stderr).toContain(`${folder} holds no system`)
  })
})
