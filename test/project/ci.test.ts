/** What a change must pass says honestly how it ended, also where it could not go on. */
import { spawnSync } from "node:child_process"
import { cpSync, readFileSync } from "node:fs"
import { chmod } from "node:fs/promises"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { root } from "../support/docs_pages.ts"
import { tempFolder } from "../support/temp_folder.ts"

const FINISHED = `
 ✓ test/optim/clip.test.ts (4 tests) 971ms
 ❯ test/optim/schedule.test.ts (5 tests | 1 failed | 2 skipped) 12ms

 Test Files  1 failed | 1 passed (2)
      Tests  1 failed | 6 passed | 2 skipped (9)
`

describe.skipIf(process.platform === "win32")(".ci/run", () => {
  /** Runs it beside commands that only pretend: each prints and ends as given. */
  async function run(commands: Record<string, string>) {
    const files = Object.entries(commands).map(([name, body]) => [`bin/${name}`, `#!/bin/sh\n${body}\n`])
    const folder = await tempFolder({ ...Object.fromEntries(files), "README.md": readFileSync(`${root}README.md`) })
    for (const name of Object.keys(commands)) await chmod(path.join(folder, "bin", name), 0o755)
    cpSync(path.join(root, ".ci"), path.join(folder, ".ci"), { recursive: true })
    const env = { ...process.env, PATH: `${path.join(folder, "bin")}:${process.env.PATH}` }
    const { status, stdout } = spawnSync(path.join(folder, ".ci", "run"), { env, encoding: "utf8" })
    return { status, lines: stdout.trimEnd().split("\n").slice(-2) }
  }
  const npm = (test: string) => `[ "$1" != test ] || { cat <<'END'\n${test}\nEND\n  exit 3; }`

  it("ends with the count, the step and the exit code of the tests that failed", async () => {
    expect(await run({ npm: npm(FINISHED) })).toEqual({
      status: 3,
      lines: [expect.stringMatching(/^FAILED: npm test \(exit code 3, after \d+s\)$/), "6 passed, 1 failed"],
    })
  })

  it("counts the files that were done where the tests were ended before their summary", async () => {
    const { lines } = await run({ npm: npm(FINISHED.split("\n Test Files")[0]) })
    expect(lines[1]).toBe("6 passed, 1 failed")
  })

  it("counts nothing where it did not come to the tests", async () => {
    expect(await run({ npm: '[ "$2" != --silent ]' })).toEqual({
      status: 1,
      lines: [expect.stringMatching(/^FAILED: format/), "0 passed, 0 failed"],
    })
  })

  it("names the step that hung", async () => {
    // As timeout ends what takes too long.
    const { status, lines } = await run({ timeout: "exit 124" })
    expect(status).toBe(124)
    expect(lines[0]).toMatch(/^FAILED: npm ci/)
  })
})
