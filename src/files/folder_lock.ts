/**
 * One process at a time writes into a run folder, or into a table: a file in it, or beside it, says
 * which one. A process that was killed cannot remove its file, so whoever comes next looks whether
 * that process still lives, and takes over where it does not.
 */
import { existsSync, linkSync, lstatSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import path from "node:path"
import { processStart } from "./process_start.ts"
import { writeError } from "./write_error.ts"

/** Its name in a folder. */
export const LOCK = "lock.json"

interface Holder {
  pid: number
  /** See `processStart`: another process may have been given the number since. */
  start: string | null
  host: string
}

export class FolderLock {
  readonly #content: string
  readonly #onExit = () => this.release()

  private constructor(
    /** The lock itself. */
    readonly file: string,
    content: string,
  ) {
    this.#content = content
    process.once("exit", this.#onExit)
  }

  /**
   * Takes a folder that is there.
   *
   * @throws when another process has it, saying which; when the folder cannot be written
   */
  static take(folder: string): FolderLock {
    return FolderLock.#take(path.join(folder, LOCK), folder, "folder")
  }

  /**
   * Takes a file, which may not be there yet, in a folder that is; by links too.
   *
   * @throws when another process has it, saying which; when its folder cannot be written
   */
  static takeFile(file: string): FolderLock {
    const target = existsSync(file) ? realpathSync(file) : file
    return FolderLock.#take(`${target}.cnn-lock`, file, "file")
  }

  static #take(file: string, place: string, kind: "folder" | "file"): FolderLock {
    const me: Holder = { pid: process.pid, start: processStart(process.pid), host: hostname() }
    const content = `${JSON.stringify(me)}\n`
    while (!create(file, content)) setStaleAside(file, (holder) => inUse(file, holder, place, kind))
    return new FolderLock(file, content)
  }

  /** Lets others have the folder. What somebody else took over meanwhile is left alone. */
  release(): void {
    process.off("exit", this.#onExit)
    try {
      if (read(this.file) === this.#content) rmSync(this.file, { force: true })
    } catch {
      // Whoever comes next finds that this process is gone; what led here counts more.
    }
  }
}

/**
 * Written beside and linked: the file is there with all of its content or not at all.
 *
 * @returns false where there is one already
 */
function create(file: string, content: string): boolean {
  const beside = `${file}.${process.pid}.part`
  try {
    writeFileSync(beside, content)
    link(beside, file, content)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "EEXIST") return false
    throw writeError(file, error)
  } finally {
    rmSync(beside, { force: true })
  }
}

/**
 * Some file systems (FAT, some of networks) have no links: there the content may come a moment
 * after the file.
 */
function link(beside: string, file: string, content: string): void {
  try {
    linkSync(beside, file)
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
    writeFileSync(file, content, { flag: "wx" })
  }
}

/** Removes a dead process's file. @throws when its process lives */
function setStaleAside(file: string, inUse: (holder: Holder) => Error): void {
  const content = read(file)
  if (content === undefined) return
  const holder = parse(content)
  if (holder && isAlive(holder)) throw inUse(holder)
  const aside = `${file}.${process.pid}.part`
  try {
    renameSync(file, aside)
  } catch (error) {
    // Somebody else was faster.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return
    throw writeError(file, error)
  }
  try {
    // Between the look and the rename somebody may have put a new one there, which goes back.
    if (read(aside) !== content) linkSync(aside, file)
  } finally {
    rmSync(aside, { force: true })
  }
}

function inUse(file: string, { pid, host }: Holder, place: string, kind: string): Error {
  const where = host === hostname() ? "" : ` on ${host}`
  return new Error(
    `${place}: process ${pid}${where} is writing into this ${kind}. Wait until it has ended, or end it; ` +
      `if there is no such process any more, remove ${file}.`,
  )
}

/** On another machine nothing can be looked up, and it is believed. */
function isAlive({ pid, start, host }: Holder): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
  return start === null || processStart(pid) === start
}

/**
 * @returns undefined where there is none any more @throws where there is something that cannot be
 * read
 */
function read(file: string): string | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false })
  if (!stats) return undefined
  const remedy = `expected the file that says which process writes there. If none does, remove ${file}.`
  if (!stats.isFile()) throw new Error(`${file}: is ${stats.isDirectory() ? "a folder" : "no plain file"}; ${remedy}`)
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT") return undefined
    throw new Error(`${file}: cannot be read (${code}); ${remedy}`, { cause: error })
  }
}

function parse(content: string): Holder | undefined {
  try {
    const { pid, start, host } = JSON.parse(content)
    return Number.isInteger(pid) && pid > 0 ? { pid, start: start ?? null, host: String(host) } : undefined
  } catch {
    return undefined
  }
}
