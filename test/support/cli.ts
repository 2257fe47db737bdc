/** Runs `cnn` as a user does. */

import { type ChildProcess, fork, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { withoutDawns } from "./dawn_says.ts"

const MAIN = fileURLToPath(new URL("../../bin/cnn.mjs", import.meta.url))
const SERVER = fileURLToPath(new URL("cli_server.mjs", import.meta.url))

/** Progress, which only a slow machine prints: after ten seconds. */
const PROGRESS = /^(explaining .*|(Reading|Auditing|Comparing|Predicting) images: .*|.*: kernel by kernel)\n/gm

interface CliResult {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Runs commands in one process, one after the other. A command gets a new process if the test reads
 * part of its output, sets more than cnn's variables, or asks for a help text or for restarts.
 *
 * @param readUntil closes standard output once so much has been read, as `head` does
 * @param cwd where it is run
 */
export async function cnn(
  args: string[],
  env: NodeJS.ProcessEnv = {},
  readUntil = Number.POSITIVE_INFINITY,
  cwd?: string,
): Promise<CliResult> {
  // As users have it, unless a test asks for more.
  const all = { ...process.env, CNN_DEBUG: "", FORCE_COLOR: undefined, ...env }
  const isOwn = [
    readUntil < Number.POSITIVE_INFINITY,
    Object.keys(env).some((name) => !/^(CNN_|NO_COLOR)/.test(name)),
    // yargs ends the process for a help text; --restarts starts others, which write to its output.
    args.some((arg) => ["help", "--help", "--version", "--restarts"].includes(arg)),
  ]
  const result = await (isOwn.includes(true) ? inOwnProcess(args, all, readUntil, cwd) : inServer(args, all, cwd))
  return { ...result, stderr: withoutDawns(result.stderr).replace(PROGRESS, "") }
}

function inOwnProcess(args: string[], env: NodeJS.ProcessEnv, readUntil: number, cwd?: string): Promise<CliResult> {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"], cwd })
  const result: CliResult = { code: null, stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => {
    result.stdout += chunk
    if (result.stdout.length >= readUntil) child.stdout.destroy()
  })
  child.stderr.on("data", (chunk) => (result.stderr += chunk))
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code) => resolve({ ...result, code }))
  })
}

function started(): ChildProcess {
  const child = fork(SERVER, { stdio: ["ignore", "ignore", "ignore", "ipc"], execArgv: [] })
  // It ends with the process that forked it, and keeps it from ending no more than a spawned one.
  child.unref()
  child.channel?.unref()
  return child
}

let server: ChildProcess | undefined
let asked = 0

function inServer(args: string[], env: NodeJS.ProcessEnv, cwd = process.cwd()): Promise<CliResult> {
  const own = (server ??= started())
  const id = asked++
  return new Promise((resolve, reject) => {
    const ended = () => {
      server = undefined
      reject(new Error(`cnn ${args.join(" ")} ended the process that the commands run in`))
    }
    const answered = ({ id: of, ...result }: CliResult & { id: number }) => {
      if (of !== id) return
      own.off("message", answered).off("exit", ended)
      resolve(result)
    }
    own.on("message", answered).on("exit", ended)
    own.send({ id, args, env, cwd })
  })
}
