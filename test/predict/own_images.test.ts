/**
 * What `cnn predict` and `cnn explain` print for images that the run was trained on, under whatever
 * name.
 */
import { copyFileSync } from "node:fs"
import path from "node:path"
import { beforeAll, expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { at, SMALL, table, train, writePhantom } from "../support/train_fixture.ts"

let own: string
let dir: string

beforeAll(async () => {
  dir = await writePhantom("images", 5)
  expect(await train("run", "--data", dir, "--no-audit", ...SMALL)).toMatchObject({ code: 0 })
  own = table("run", "predictions.csv")[0].file
  copyFileSync(path.join(dir, own), at("renamed.png"))
})

it("predict tells that the networks know them, and where the answer of the one stands that does not", async () => {
  const other = path.join(await writePhantom("others", 6), own)
  const { code, stdout, stderr } = await cnn(["predict", at("run"), at("renamed.png"), other])
  expect([code, stdout]).toEqual([0, expect.stringContaining("renamed.png")])
  expect(stderr).toContain("cnn: 1 image of these is of the run itself, which its networks were trained on")
  expect(stderr).toContain(at("run", "predictions.csv"))
})

it("explain asks the network that has not seen it", async () => {
  const { code, stdout } = await cnn(["explain", at("run"), at("renamed.png"), "--out", at("heat.png")])
  expect(code).toBe(0)
  expect(stdout).toContain(`the evidence in ${own} for`)
  expect(stdout).toMatch(/by fold-\d, which was not trained on it/)
})
