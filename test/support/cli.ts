/** Runs `cnn` as a user does, in a process of its own. */

import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { withoutDawns } from "./dawn_says.ts"

const MAIN = fileURLToPath(new URL("../../bin/cnn.mjs", import.meta.url))

/** Progress, which only a slow machine prints: after ten seconds. */
const PROGRESS = /^(explaining .*|(Reading|Auditing|Comparing|Predicting) images: .*)\n/gm

interface CliResult {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * @param readUntil closes standard output once so much has been read, as `head` does
 * @param cwd where it is run
 */
export function cnn(
  args: string[],
  env: NodeJS.ProcessEnv = {},
  readUntil = Number.POSITIVE_INFINITY,
  cwd?: string,
): Promise<CliResult> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    // As users have it, unless a test asks for more.
    env: { ...process.env, CNN_DEBUG: "", FORCE_COLOR: undefined, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    cwd,
  })
  const result: CliResult = { code: null, stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => {
    result.stdout += chunk
    if (result.stdout.length >= readUntil) child.stdout.destroy()
  })
  child.stderr.on("data", (chunk) => (result.stderr += chunk))
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code) => resolve({ ...result, stderr: withoutDawns(result.stderr).replace(PROGRESS, ""), code }))
  })
}
