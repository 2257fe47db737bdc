/**
 * Runs doctor_probe.ts in a child process and gathers what it answers and what the drivers print.
 */

import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { PACKAGE } from "../files/package.ts"
import type { ProbeAnswer } from "./doctor_probe.ts"

/** The compiled file, also when this one runs as TypeScript. */
const PROBE = fileURLToPath(new URL("dist/src/cli/doctor_probe.js", PACKAGE))

const REBUILD = `The build or the packages are incomplete. In ${fileURLToPath(PACKAGE)}, run: npm install && npm run build`

interface ProbeResult<T> {
  answer?: T
  /** Why there is no answer. */
  error?: string
  /** What Dawn, the loader and the driver said, each once. */
  messages: string[]
}

/** Never rejects: a driver that crashes or hangs is a finding. */
export function probe<T>(
  task: "list" | "open",
  args: string[],
  { seconds = 60, file = PROBE } = {},
): Promise<ProbeResult<T>> {
  const child = fork(file, [task, ...args], { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] })
  let answered: ProbeAnswer<T> | undefined
  let printed = ""
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    child.kill("SIGKILL")
  }, seconds * 1000)
  child.on("message", (message) => (answered = message as ProbeAnswer<T>))
  child.stderr?.on("data", (chunk) => (printed += chunk))
  return new Promise((resolve) => {
    const done = (failure?: string) => {
      clearTimeout(timer)
      resolve({ ...(answered ?? { error: failure }), messages: messagesIn(printed) })
    }
    child.on("error", (error) => done(error.message))
    child.on("close", (code, signal) => {
      // The file itself or one that it imports: no driver was asked.
      const absent = /\bCannot find (?:module|package) '([^']+)'/.exec(printed)?.[1]
      if (absent && !answered) return resolve({ error: `${absent} is missing. ${REBUILD}`, messages: [] })
      done(
        timedOut
          ? `the driver gave no answer in ${seconds} s`
          : `the driver ended the process (${signal ?? `exit code ${code}`})`,
      )
    })
  })
}

/**
 * Without the places in Dawn's source, and without what is said of every machine that has no
 * desktop.
 */
function messagesIn(printed: string): string[] {
  const lines = printed.split("\n").map((line) => line.trim().replace(/^(warning|error): (loader message: )?/i, ""))
  return [...new Set(lines.filter((line) => line && !/^(at |- While )|XDG_RUNTIME_DIR/.test(line)))]
}
