/** Python where it is there: for what only PyTorch and ONNX themselves can say. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"

const run = promisify(execFile)

/** `CNN_PYTHON`, else python3, if it can import the module; a test that needs it is skipped where there is none. */
export async function pythonWith(module: string): Promise<string | undefined> {
  for (const python of [process.env.CNN_PYTHON, "python3"]) {
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
