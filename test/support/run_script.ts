/**
 * Runs code on the built engine in a Node process of its own; for what only a whole process shows.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { withoutDawns } from "./dawn_says.ts"

async function run(args: string[], timeout: number) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    timeout,
    env: { ...process.env, CNN_DEBUG: "" },
  })
  return { stdout, stderr: withoutDawns(stderr) }
}

/**
 * Runs lines of code that may use `openGpu`.
 *
 * @param flags for Node
 * @returns what was written; rejects on an exit code other than 0, and where the process does not
 * end
 */
export function runScript(body: string, flags: string[] = []) {
  const engine = new URL("../../dist/src/tensor/tensor_gpu.js", import.meta.url).href
  const script = `const { openGpu } = await import(${JSON.stringify(engine)})\n${body}`
  return run([...flags, "--input-type=module", "-e", script], 60_000)
}

/** The same for a script, named by its path below test/, with arguments. */
export function runFile(name: string, args: string[], flags: string[] = [], timeout = 60_000) {
  return run([...flags, fileURLToPath(new URL(`../${name}`, import.meta.url)), ...args], timeout)
}
