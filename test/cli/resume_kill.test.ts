/** The short form of `npm run soak:kill`. */
import { expect, it } from "vitest"
import { runFile } from "../support/run_script.ts"

it("is killed while it decodes, caches, writes a checkpoint and trains, and comes to the same bits each time", async () => {
  const { stdout } = await runFile("soak/soak_kill.mjs", ["--kills", "5"], [], 110_000)
  expect(stdout).toMatch(
    /^5 kills: 1 decoding, 1 caching, 1 writing a checkpoint, 1 training, 1 any time\n\d+ processes came to [1-9]\d* whole runs, all bit for bit as the undisturbed one$/m,
  )
})
