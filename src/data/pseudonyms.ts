/**
 * Names for patients and studies that say nothing of them: HMAC-SHA256 under a key that is made at
 * random for a run and is never written. Ids are short, so whoever had the key could try them all.
 * A run that goes on takes the names from its folder instead, where they stand for each file.
 */
import { createHmac, randomBytes } from "node:crypto"
import type { Kind } from "./dicom/ids.ts"
import { canonical } from "./groups_csv.ts"

export class Pseudonyms {
  readonly #key = randomBytes(32)
  readonly #names = new Map<string, string>()

  /** @param before name of each file, in a run that goes on; see `readGroupsCsv` */
  constructor(readonly before: ReadonlyMap<string, string> = new Map()) {}

  /** The same for the same id, in this run alone. */
  nameOf(file: string, { kind, id }: { kind: Kind; id: string }): string {
    const digest = () => createHmac("sha256", this.#key).update(`${kind} ${id}`).digest("hex")
    const name = this.before.get(canonical(file)) ?? `${kind}-${digest().slice(0, 16)}`
    this.#names.set(file, name)
    return name
  }

  /** Every file that was named, and how. */
  get names(): ReadonlyMap<string, string> {
    return this.#names
  }
}
