/** Python where it is there: for what only PyTorch, ONNX and pydicom themselves can say. */
import { execFile, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { promisify } from "node:util"

const run = promisify(execFile)

/**
 * `CNN_PYTHON`, else python3, else the system's own, if it can import the module; a test that needs
 * it is skipped where there is none.
 */
export async function pythonWith(module: string): Promise<string | undefined> {
  for (const python of [process.env.CNN_PYTHON, "python3", "/usr/bin/python3"]) {
    if (!python) continue
    const found = await run(python, ["-c", `import ${module}`]).then(
      () => true,
      () => false,
    )
    if (found) return python
  }
  return undefined
}

/** @returns what the script printed */
export async function runPython(python: string, script: string, cwd?: string, path?: string): Promise<string> {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...(path ? { PYTHONPATH: path } : {}) }
  const { stdout } = await run(python, ["-c", script], { cwd, env })
  return stdout
}

/** A script that answers each line with a line of JSON. End it with `stop`. */
export function askPython(python: string, file: string): { ask(line: string): Promise<unknown>; stop(): void } {
  const child = spawn(python, [file], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (line: string) => {
    child.stdin.write(`${line}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error(`${file} ended before it answered "${line}"; its error is above`)
    return JSON.parse(value)
  }
  return { ask, stop: () => child.stdin.end() }
}
