/** The text of a CSV as spreadsheets write it. */
import { readFile, stat } from "node:fs/promises"

export interface CsvText {
  text: string
  /** Comma, semicolon or tab. */
  delimiter: string
  /** Lines before the header. */
  before: number
  /**
   * What a file in UTF-8 that takes its place begins with: a byte order mark, unless it was UTF-8
   * without one, and the line `sep=`. Excel reads other files by its own code page and delimiter.
   */
  start: string
}

/**
 * Reads UTF-8, UTF-16 with or without byte order mark, and otherwise Windows-1252, as Excel's "CSV"
 * is. A first line such as `sep=;`, which is Excel's as well, names the delimiter.
 */
export async function readCsvText(csv: string): Promise<CsvText> {
  // Reading a pipe that nobody writes to would never end.
  if (!(await stat(csv)).isFile()) throw new Error("is no plain file")
  const { text: decoded, isPlain } = decode(await readFile(csv))
  const sep = /^\s*"?sep=([,;\t|])"?\s*?(\r\n|\r|\n)/i.exec(decoded)
  const text = sep ? decoded.slice(sep[0].length) : decoded
  return {
    text,
    delimiter: sep?.[1] ?? delimiterOf(text),
    before: sep ? 1 : 0,
    start: `${isPlain ? "" : "\ufeff"}${sep?.[0] ?? ""}`,
  }
}

function delimiterOf(text: string): string {
  const header = text.split(/\r\n|\r|\n/, 1)[0]
  return [",", ";", "\t", "|"].find((mark) => header.includes(mark)) ?? ","
}

/** The text without its byte order mark; `isPlain` if it is UTF-8 and had none. */
function decode(bytes: Buffer): { text: string; isPlain: boolean } {
  const encoding = utf16Of(bytes)
  if (encoding) return { text: new TextDecoder(encoding).decode(bytes), isPlain: false }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    return { text: text.replace(/^\ufeff/, ""), isPlain: !text.startsWith("\ufeff") }
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), isPlain: false }
  }
}

/**
 * Without a byte order mark the zero bytes of ASCII characters tell: at odd places little endian,
 * at even ones big.
 */
function utf16Of(bytes: Buffer): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le"
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be"
  if (bytes.length < 4 || bytes.length % 2 !== 0) return undefined
  if (bytes[1] === 0 && bytes[3] === 0) return "utf-16le"
  return bytes[0] === 0 && bytes[2] === 0 ? "utf-16be" : undefined
}
