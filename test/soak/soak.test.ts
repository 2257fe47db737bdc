/**
 * The short form of `npm run soak`: a training's memory, GPU bytes and open files stand still while
 * batches change their size.
 */
import { expect, it } from "vitest"
import { runFile } from "../support/run_script.ts"

it("600 steps with last batches of 1 to 4 images leave everything as it was, and the loss finite", async () => {
  const node = ["--expose-gc", "--max-semi-space-size=1"]
  // Rejects where the script found something that grew.
  const { stdout } = await runFile("soak/soak_train.mjs", ["--steps", "600"], node, 100_000)
  const lines = stdout.trim().split("\n")
  expect(lines.filter((line) => line.startsWith("{"))).toHaveLength(20)
  expect(lines.at(-1)).toBe("flat over 600 steps")
})
