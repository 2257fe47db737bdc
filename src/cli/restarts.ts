/**
 * A run in a process of its own, which is begun again where it stopped when that process dies or
 * loses its device. What is wrong with a driver is mostly wrong with its process alone.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { constants } from "node:os"
import path from "node:path"
import { plural } from "../text/plural.ts"
import { LOST } from "./exit_codes.ts"

/** What a run tells the process that watches over it. */
interface Message {
  /** Its folder, once there is one. */
  run: string
}

/** To be called by a run when it knows its folder. */
export const tellFolder = (run: string): void => void process.send?.({ run } satisfies Message)

const HANDED_ON = ["SIGINT", "SIGTERM"] as const

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
}

/**
 * @param args of the first process
 * @param again those of a later one, which resumes the run folder
 * @param say is told why there is another one
 * @returns the exit code of the last process
 */
export async function supervise(
  args: readonly string[],
  again: (folder: string) => readonly string[],
  restarts: number,
  say: (text: string) => void = console.error,
): Promise<number> {
  let folder: string | undefined
  for (let left = restarts; ; left--) {
    // There is nothing to resume if the process died before it wrote its config.
    const begun = folder !== undefined && existsSync(path.join(folder, "config.json"))
    const ended = await run(begun ? again(folder!) : args, (run) => {
      folder = run
    })
    const why = ended.signal ? `The process ended by ${ended.signal}` : "The device was lost"
    const isOver = !isAccident(ended) || left === 0
    if (isOver && ended.signal && folder) say(`${why}. To continue: npx cnn train --resume ${folder}`)
    if (isOver) return exitCode(ended)
    say(`${why}; the run continues in a new process, with ${plural(left - 1, "restart")} left.`)
  }
}

function run(args: readonly string[], onFolder: (folder: string) => void): Promise<Ended> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1], ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  })
  child.on("message", ({ run }: Message) => onFolder(run))
  const letGo = handOnSignals(child)
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code, signal) => {
      letGo()
      resolve({ code, signal })
    })
  })
}

/**
 * This process waits for the run to end itself; one that comes twice within a moment counts once
 * there.
 */
function handOnSignals(child: ChildProcess): () => void {
  const hand = (name: NodeJS.Signals) => child.kill(name)
  for (const name of HANDED_ON) process.on(name, hand)
  return () => {
    for (const name of HANDED_ON) process.off(name, hand)
  }
}

/** Not what somebody asked for, and not an error that would come again. */
const isAccident = ({ code, signal }: Ended): boolean =>
  code === LOST || (signal !== null && !HANDED_ON.some((name) => name === signal))

/** As a shell has it for a process that was ended by a signal. */
const exitCode = ({ code, signal }: Ended): number => code ?? 128 + constants.signals[signal!]
