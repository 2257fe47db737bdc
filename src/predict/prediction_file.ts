/**
 * A CSV that grows by whole rows and can be continued: what a killed process left of a row is
 * dropped, a file that is not such a CSV, or one of other networks, is refused and left as it is.
 * One that a spreadsheet has saved keeps its line ends.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from "node:fs"
import path from "node:path"
import { parse } from "csv-parse/sync"
import { csv } from "../files/csv.ts"
import { FolderLock } from "../files/folder_lock.ts"
import { makeFolder } from "../files/folders.ts"
import { tame } from "../files/formula.ts"
import { writeError } from "../files/write_error.ts"
import type { Input } from "./inputs.ts"
import { columnsOf, type Outcome, type RowOptions, rowOf, shortChecksum } from "./prediction_rows.ts"

/** What a row that is there says of a file. */
export interface KnownRow {
  bytes: string
  modified: string
  error: string
}

export class PredictionFile {
  readonly #opened: number
  #end: number

  private constructor(
    readonly file: string,
    readonly options: RowOptions,
    /** Rows that were there, by the name of the image; of several the last. */
    readonly known: ReadonlyMap<string, KnownRow>,
    /** Bytes in whole rows; what is behind them is dropped. */
    whole: number,
    readonly lineEnd: "\n" | "\r\n",
    readonly lock: FolderLock,
  ) {
    try {
      this.#opened = openSync(file, existsSync(file) ? "r+" : "wx+")
      this.#end = whole
      ftruncateSync(this.#opened, whole)
      if (whole === 0) this.#write(csv(columnsOf(options), []))
    } catch (error) {
      throw writeError(file, error)
    }
  }

  /**
   * @throws where there is something else at `file`, the predictions of other networks, or a
   * process that writes into it
   */
  static open(file: string, options: RowOptions): PredictionFile {
    makeFolder(path.dirname(file))
    const lock = FolderLock.takeFile(file)
    try {
      return PredictionFile.#read(file, options, lock)
    } catch (error) {
      lock.release()
      throw error
    }
  }

  static #read(file: string, options: RowOptions, lock: FolderLock): PredictionFile {
    const { text, whole } = readWhole(file, csv(columnsOf(options), []))
    const rows = readRows(file, text, options)
    // Within a cell of the last row it would be followed by a quote.
    return new PredictionFile(file, options, rows, whole, text.endsWith("\r\n") ? "\r\n" : "\n", lock)
  }

  /** Whether the image as it is now has a row already. */
  has({ file, stamp }: Input): boolean {
    const row = this.known.get(file)
    return row !== undefined && row.bytes === String(stamp?.bytes ?? "") && row.modified === (stamp?.modified ?? "")
  }

  /**
   * Adds a row each, all of them or none, and waits until they are on the disk. @throws what kept
   * them from it
   */
  append(outcomes: readonly Outcome[]): void {
    if (outcomes.length === 0) return
    const rows = outcomes.map((outcome) => rowOf(outcome, this.options))
    const header = csv(columnsOf(this.options), [], this.lineEnd)
    this.#write(csv(columnsOf(this.options), rows, this.lineEnd).slice(header.length))
  }

  close(): void {
    closeSync(this.#opened)
    this.lock.release()
  }

  #write(text: string): void {
    try {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#opened, bytes, at, bytes.length - at, this.#end + at)
      fsyncSync(this.#opened)
      this.#end += bytes.length
    } catch (error) {
      try {
        ftruncateSync(this.#opened, this.#end)
      } catch {
        // What is left of the row is dropped when the file is continued.
      }
      throw writeError(this.file, error)
    }
  }
}

/**
 * The whole rows of a file; none where it is not there, or was begun and holds no whole header yet.
 */
function readWhole(file: string, header: string): { text: string; whole: number } {
  const info = statSync(file, { throwIfNoEntry: false })
  if (!info) return { text: "", whole: 0 }
  if (!info.isFile()) throw foreign(file, `it is ${info.isDirectory() ? "a folder" : "no plain file"}`)
  const all = readFileSync(file)
  const whole = endOfRows(all)
  if (whole === 0 && !Buffer.from(header).subarray(0, all.length).equals(all))
    throw foreign(file, "it is none of those")
  return { text: all.subarray(0, whole).toString("utf8"), whole }
}

/** Behind the last line end that is not within quotes: those of a whole row come in pairs. */
export function endOfRows(bytes: Uint8Array): number {
  let [end, quoted] = [0, false]
  for (const [i, byte] of bytes.entries()) {
    if (byte === 0x22) quoted = !quoted
    else if (byte === 0x0a && !quoted) end = i + 1
  }
  return end
}

function readRows(file: string, text: string, options: RowOptions): Map<string, KnownRow> {
  const known = new Map<string, KnownRow>()
  if (text === "") return known
  const [header, ...rows] = parsed(file, text)
  const columns = columnsOf(options)
  if (header.map(tame).join("\0") !== columns.join("\0")) throw otherColumns(file, header, columns)
  const place = (name: string) => columns.indexOf(name)
  for (const [i, row] of rows.entries()) {
    const weights = row[place("weights")]
    if (weights !== shortChecksum(options.checksum))
      throw new Error(
        `${file}: row ${i + 1} is of other networks (weights ${weights.slice(0, 16)}, now ${shortChecksum(options.checksum)}). ` +
          "Name another file for this run, or give the run that the file was started with.",
      )
    const [bytes, modified, error] = ["bytes", "modified", "error"].map((name) => row[place(name)])
    known.set(tame(row[place("file")]), { bytes, modified, error: tame(error) })
  }
  return known
}

function parsed(file: string, text: string): string[][] {
  try {
    return parse(text, { bom: true, record_delimiter: ["\r\n", "\n"] }) as string[][]
  } catch (error) {
    throw foreign(file, `it cannot be read as CSV: ${(error as Error).message}`)
  }
}

const foreign = (file: string, what: string): Error =>
  new Error(
    `${file}: expected a CSV that cnn predict --csv wrote, to resume it; ${what}. ` +
      "Nothing is overwritten: name another file.",
  )

function otherColumns(file: string, header: string[], columns: string[]): Error {
  if (header.includes("weights") && header.includes("heatmap") !== columns.includes("heatmap"))
    return new Error(
      `${file}: was started ${header.includes("heatmap") ? "with" : "without"} --heatmaps. Continue like that, or name another file.`,
    )
  return foreign(file, `its columns are others (${header.slice(0, 6).join(", ").slice(0, 100)})`)
}
