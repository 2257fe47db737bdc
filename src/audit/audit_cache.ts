import path from "node:path"
import { DECODER } from "../data/read_image.ts"
import { readCached, writeCached } from "../files/cached_file.ts"
import { sha256 } from "../files/sha256.ts"
import type { Measured } from "./examine.ts"

/** Raise it whenever the same files would give other findings than before. */
const VERSION = "audit8"

/**
 * What was measured of a set of files, one entry per set, named by the contents: a changed, added
 * or removed file makes it another set. A set with a file that could not be read at the moment is
 * not kept.
 */
export class AuditCache {
  constructor(readonly folder: string) {}

  async get(hashes: readonly string[]): Promise<Measured | undefined> {
    const name = nameOf(hashes)
    const json = await readCached(this.#file(name), name)
    return json && (JSON.parse(json.toString()) as Measured)
  }

  set(hashes: readonly string[], measured: Measured): void {
    const name = nameOf(hashes)
    writeCached(this.#file(name), name, JSON.stringify(measured))
  }

  #file(name: string): string {
    return path.join(this.folder, "audit", `${VERSION}-${DECODER}`, `${name}.json`)
  }
}

const nameOf = (hashes: readonly string[]): string => sha256(JSON.stringify(hashes))
