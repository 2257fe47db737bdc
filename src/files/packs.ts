/**
 * Entries of one length, packed into few files of the cache. A record is the SHA-256 that names the
 * entry, the SHA-256 of key, name and content, and the content; a file holds nothing else. Each
 * process appends to a file that it made itself, so that two never meet. One that is killed leaves
 * whole records, which the next one uses, and at most one torn record, which counts as none. What
 * is in them may be of patients: only the user can read them.
 */
import { randomUUID } from "node:crypto"
import { closeSync, fstatSync, openSync, readdirSync, read as readLater, readSync, writeFileSync } from "node:fs"
import path from "node:path"
import { promisify } from "node:util"
import { cacheWrites } from "./cached_file.ts"
import { makeFolder } from "./folders.ts"
import { sha256 } from "./sha256.ts"
import { writeError } from "./write_error.ts"

/** Bytes of a SHA-256. */
const DIGEST = 32
const HEAD = 2 * DIGEST

const readAsync = promisify(readLater)

/**
 * Content in a file that stays open: whoever removes the file meanwhile takes nothing from this
 * process.
 */
export class PackEntry {
  constructor(
    readonly file: string,
    readonly opened: number,
    /** Where the content begins. */
    readonly offset: number,
    readonly length: number,
  ) {}

  readSync(): Uint8Array {
    const content = new Uint8Array(this.length)
    this.#check(readSync(this.opened, content, 0, this.length, this.offset))
    return content
  }

  /** @param content of the entry's length, which is filled */
  async read(content: Uint8Array): Promise<void> {
    this.#check((await readAsync(this.opened, content, 0, this.length, this.offset)).bytesRead)
  }

  #check(bytes: number): void {
    if (bytes === this.length) return
    throw new Error(`${this.file}: was cut short while it was in use. Run the same command again: it decodes again.`)
  }
}

interface Place {
  file: string
  /** Where the content begins. */
  offset: number
}

export class Packs {
  /** Of each name the places that are not known to be damaged. */
  readonly #places = new Map<string, Place[]>()
  /** File descriptors, never closed: entries read through them. */
  readonly #opened = new Map<string, number>()
  /** The file of this process; null once it could not be written. */
  #own: { file: string; end: number } | null | undefined

  /**
   * @param key what the content depends on besides its name
   * @param length of each content, in bytes
   */
  constructor(
    readonly folder: string,
    readonly key: string,
    readonly length: number,
  ) {
    for (const file of packsIn(folder)) this.#list(file)
  }

  /** The content with this name, a SHA-256; undefined if there is none or it is damaged. */
  async get(name: string): Promise<Uint8Array | undefined> {
    const places = this.#places.get(name) ?? []
    for (const place of [...places]) {
      const record = Buffer.allocUnsafeSlow(DIGEST + this.length)
      const content = record.subarray(DIGEST)
      const isWhole = (await this.#fill(record, place.file, place.offset - DIGEST)) === record.length
      if (isWhole && this.#checksum(name, content) === record.toString("hex", 0, DIGEST)) return content
      this.#places.set(
        name,
        this.#places.get(name)!.filter((other) => other !== place),
      )
    }
    return undefined
  }

  /** Where the content lies that `get` gave or `set` took; undefined if it could not be written. */
  entry(name: string): PackEntry | undefined {
    const place = this.#places.get(name)?.[0]
    const opened = place && this.#open(place.file)
    return opened === undefined ? undefined : new PackEntry(place!.file, opened, place!.offset, this.length)
  }

  set(name: string, content: Uint8Array): void {
    if (this.#own === null || this.#places.get(name)?.length) return
    const head = Buffer.from(name + this.#checksum(name, content), "hex")
    try {
      this.#own ??= this.#begin()
      const { file, end } = this.#own
      writeFileSync(this.#opened.get(file)!, Buffer.concat([head, content]))
      this.#places.set(name, [{ file, offset: end + HEAD }])
      this.#own.end += HEAD + this.length
      cacheWrites.bytes += HEAD + this.length
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error
      cacheWrites.error ??= writeError(this.#own?.file ?? this.folder, error) as Error
      this.#own = null
    }
  }

  /** @returns bytes that could be read */
  async #fill(bytes: Uint8Array, file: string, position: number): Promise<number> {
    const opened = this.#open(file)
    if (opened === undefined) return 0
    const { bytesRead } = await readAsync(opened, bytes, 0, bytes.length, position).catch(() => ({ bytesRead: 0 }))
    return bytesRead
  }

  #checksum(name: string, content: Uint8Array): string {
    return sha256(`${this.key} ${name} `, content)
  }

  #begin() {
    makeFolder(this.folder, 0o700)
    const file = path.join(this.folder, `${randomUUID()}.pack`)
    this.#opened.set(file, openSync(file, "wx+", 0o600))
    return { file, end: 0 }
  }

  #open(file: string): number | undefined {
    const known = this.#opened.get(file)
    if (known !== undefined) return known
    const opened = openIfThere(file)
    if (opened !== undefined) this.#opened.set(file, opened)
    return opened
  }

  /** Notes where each whole record of a file lies. */
  #list(file: string): void {
    const opened = openIfThere(file)
    if (opened === undefined) return
    try {
      const record = HEAD + this.length
      const count = Math.floor(fstatSync(opened).size / record)
      const name = Buffer.alloc(DIGEST)
      for (let i = 0; i < count; i++) {
        readSync(opened, name, 0, DIGEST, i * record)
        const place = { file, offset: i * record + HEAD }
        const key = name.toString("hex")
        this.#places.set(key, [...(this.#places.get(key) ?? []), place])
      }
    } finally {
      closeSync(opened)
    }
  }
}

function packsIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(".pack"))
    return names.sort().map((name) => path.join(folder, name))
  } catch {
    return []
  }
}

/** undefined where another process removed it, or it is not ours to read. */
function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, "r")
  } catch {
    return undefined
  }
}
