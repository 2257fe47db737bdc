import { createHash, randomUUID } from "node:crypto"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import path from "node:path"
import { DECODER } from "../data/decode.ts"
import type { Measured } from "./examine.ts"

/** Raise it whenever the same files would give other findings than before. */
const VERSION = "audit6"

/** Characters of a checksum. */
const DIGEST = 64
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

/**
 * What was measured of a set of files, one entry a set, a checksum and JSON, named by the contents: a changed, added or removed file makes it
 * another set. A set with a file that could not be read at the moment is not kept. A cache that cannot be read or written only costs time. Only the user can read it.
 */
export class AuditCache {
  constructor(readonly folder: string) {}

  async get(hashes: readonly string[]): Promise<Measured | undefined> {
    try {
      const text = await readFile(this.#file(hashes), "utf8")
      const json = text.slice(DIGEST)
      return text.slice(0, DIGEST) === sha256(json) ? (JSON.parse(json) as Measured) : undefined
    } catch {
      return undefined
    }
  }

  async set(hashes: readonly string[], measured: Measured): Promise<void> {
    const file = this.#file(hashes)
    const beside = `${file}.${randomUUID()}`
    try {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
      const json = JSON.stringify(measured)
      await writeFile(beside, sha256(json) + json, { mode: 0o600, flag: "wx" })
      await rename(beside, file)
    } catch {
      await rm(beside, { force: true }).catch(() => undefined)
    }
  }

  #file(hashes: readonly string[]): string {
    const name = sha256(JSON.stringify(hashes))
    return path.join(this.folder, "audit", `${VERSION}-${DECODER}`, `${name}.json`)
  }
}
