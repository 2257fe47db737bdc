/**
 * Names for files and groups that say nothing of them, for pages that are passed on: HMAC-SHA256
 * under a key drawn at random for each run. Names are short, so a hash without a key could be found
 * by trying.
 */
import { createHmac, randomBytes } from "node:crypto"
import path from "node:path"
import { FORMATS } from "../data/formats.ts"
import { csv } from "../files/csv.ts"

/** A new key, as config.json keeps it. */
export const newKey = (): string => randomBytes(32).toString("hex")

export interface Known {
  files: Iterable<string>
  groups: Iterable<string>
  /** Shown as they are. */
  classes: Iterable<string>
  /** Folders and tables, such as that of `--data`; each is replaced by a word. */
  places: Iterable<readonly [place: string | undefined, word: string]>
}

const ENDINGS = FORMATS.flatMap(({ endings }) => endings).join("|")
/** A file's name that nothing else knows, with its folders. */
const FILE = new RegExp(`[^\\s"'(),;:]+\\.(?:${ENDINGS}|csv|tsv|xlsx|ods)(?![\\p{L}\\p{N}])`, "giu")
const QUOTED = /"((?:[^"\\]|\\.)*)"/g
/**
 * Too short to be told from a word or a number within a sentence; as a whole value they are hidden.
 */
const VAGUE = /^(?:\p{L}|\d{1,3})$/u

export class HiddenNames {
  /** What is shown for each name. */
  readonly shown = new Map<string, string>()
  readonly #classes: Set<string>
  /** For names within a sentence, the longest first, as one may lie within another. */
  readonly #inText: [name: string, shown: string][]

  constructor(
    readonly key: string,
    { files, groups, classes, places }: Known,
  ) {
    this.#classes = new Set(classes)
    for (const [place, word] of places) if (place) this.shown.set(place, word)
    for (const file of files) this.#add(file, "image")
    for (const group of groups) this.#add(group, "group")
    const bases = [...this.shown].map(([name, shown]) => [path.posix.basename(name), shown] as const)
    this.#inText = [...new Map([...bases, ...this.shown])]
      .filter(([name]) => !VAGUE.test(name) && !this.#isKept(name))
      .sort(([a], [b]) => b.length - a.length)
  }

  #isKept = (name: string): boolean => name === "" || this.#classes.has(name)

  #add(name: string, kind: string): void {
    if (!this.#isKept(name) && !this.shown.has(name)) this.shown.set(name, this.#hash(name, kind))
  }

  #hash(name: string, kind: string): string {
    return `${kind}-${createHmac("sha256", this.key).update(name).digest("hex").slice(0, 12)}`
  }

  /** A name, or a sentence that may hold some. */
  text(text: string): string {
    if (this.#isKept(text)) return text
    const whole = this.shown.get(text)
    if (whole !== undefined) return whole
    const quoted = text.replace(QUOTED, (all, name: string) =>
      this.#isKept(name) ? all : `"${this.shown.get(name) ?? this.#hash(name, "name")}"`,
    )
    const known = this.#inText.filter(([name]) => quoted.includes(name))
    const replaced = known.reduce((so, [name, shown]) => withoutWord(so, name, shown), quoted)
    return replaced.replace(FILE, (name) => (this.#isShown(name) ? name : this.#hash(name, "file")))
  }

  /** Words of this program that look like names. */
  #isShown = (name: string): boolean => /^(?:predictions|files|history|groups)\.csv$/.test(name)

  /** Every text in a value: a name, or a sentence that holds some. */
  all<Value>(value: Value): Value {
    if (typeof value === "string") return this.text(value) as Value
    if (Array.isArray(value)) return value.map((item) => this.all(item)) as Value
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.all(item)])) as Value
  }

  /** Which name stands for what, for those who have the images. */
  table(): string {
    const rows = [...this.shown].filter(([, shown]) => /^(image|group)-/.test(shown))
    return csv(["shown", "name"], rows.map(([name, shown]) => [shown, name])) // biome-ignore format: short
  }
}

const LETTER = /[\p{L}\p{N}_]/u

/** Replaces a name where it is no part of a longer word. */
function withoutWord(text: string, name: string, shown: string): string {
  const parts = text.split(name)
  return parts.reduce((so, part) => {
    const inWord = (LETTER.test(name[0]) && LETTER.test(so.at(-1) ?? "")) || (LETTER.test(name.at(-1)!) && LETTER.test(part[0] ?? "")) // biome-ignore format: a pair
    return `${so}${inWord ? name : shown}${part}`
  })
}
