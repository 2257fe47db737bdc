/**
 * A DICOM file's elements, read by dicom-parser. Whatever is wrong is said without a word of what
 * the file holds: a reason lands in logs and reports, and any element may name the patient.
 */
import { inflateRawSync } from "node:zlib"
import dicomParser, { type DataSet } from "dicom-parser"
import { MAX_PIXELS } from "../limits.ts"
import { BIG_ENDIAN, beginsWithElements, fileMeta, formOf, hasPreamble, PREAMBLE } from "./form.ts"

export { PREAMBLE }

/**
 * Why a DICOM file cannot be used; its message holds nothing that the file said but numbers and
 * known words.
 */
export class DicomError extends Error {}

/** Of a deflated file: 16-bit pixels, and other elements of 64 MiB. */
const MAX_INFLATED = 2 * MAX_PIXELS + 2 ** 26

const DEFLATED = "1.2.840.10008.1.2.1.99"

/**
 * Whether the first bytes are those of a DICOM file (PS3.10, 7.1), or of its elements without
 * anything before them.
 */
export const isDicom = (bytes: Uint8Array): boolean => hasPreamble(bytes) || beginsWithElements(bytes)

export interface Parsed {
  data: DataSet
  /** UID of the transfer syntax. */
  syntax: string
  /** Whether the file does not name it. */
  isGuessed: boolean
  /** How the elements are written, whatever the syntax is called. */
  bigEndian: boolean
}

/**
 * @throws DicomError where the file is cut short, damaged, nested too deep, or inflates to too much
 */
export function parseDicom(bytes: Uint8Array): Parsed {
  return speaking(() => {
    const { body, form, syntax } = open(bytes)
    const data = dicomParser.parseDicom(body, { TransferSyntaxUID: form })
    return { data, syntax: syntax ?? form, isGuessed: syntax === undefined, bigEndian: form === BIG_ENDIAN }
  })
}

/**
 * The elements themselves, in what form they are written, and the transfer syntax where the file
 * names it.
 */
function open(bytes: Uint8Array): { body: Uint8Array; form: string; syntax: string | undefined } {
  const { end, syntax } = fileMeta(bytes, hasPreamble(bytes) ? PREAMBLE : 0)
  const rest = bytes.subarray(end)
  const body = syntax === DEFLATED ? inflateRawSync(rest, { maxOutputLength: MAX_INFLATED }) : rest
  return { body, form: formOf(body), syntax }
}

/**
 * Does `body`, which asks the parser. @throws DicomError where that throws, which does so with bare
 * strings and parts of the file
 */
export function speaking<T>(body: () => T): T {
  try {
    return body()
  } catch (error) {
    throw error instanceof DicomError ? error : new DicomError(reason(error))
  }
}

/**
 * What stands before `tag` and that element itself, as far as `bytes` go: their end may be missing.
 *
 * @param tag as x0020000d
 */
export function parseUntil(bytes: Uint8Array, tag: string): DataSet | undefined {
  try {
    const { body, form } = open(bytes)
    return dicomParser.parseDicom(body, { untilTag: tag, TransferSyntaxUID: form })
  } catch (error) {
    // What was read before it ran into the end comes with what is thrown.
    return (error as { dataSet?: DataSet }).dataSet
  }
}

function reason(error: unknown): string {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  if (code === "ERR_BUFFER_TOO_LARGE") return `DICOM file that inflates to more than ${MAX_INFLATED / 1e6} MB`
  if (error instanceof RangeError && /call stack/.test(error.message))
    return "DICOM file with sequences nested too deep"
  return "truncated or damaged DICOM file (its elements cannot be read)"
}
