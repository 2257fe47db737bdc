/**
 * A DICOM file's elements, read by dicom-parser. Whatever is wrong is said without a word of what the file holds: a
 * reason lands in logs and reports, and any element may name the patient.
 */
import { inflateRawSync } from "node:zlib"
import dicomParser, { type DataSet } from "dicom-parser"
import { MAX_PIXELS } from "../limits.ts"

/** Why a DICOM file cannot be used; its message holds nothing that the file said but numbers and known words. */
export class DicomError extends Error {}

/** Of a deflated file: 16-bit pixels, and other elements of 64 MiB. */
const MAX_INFLATED = 2 * MAX_PIXELS + 2 ** 26

const DEFLATED = "1.2.840.10008.1.2.1.99"

/** Length of what stands before the first element: 128 bytes of anything, then DICM. */
export const PREAMBLE = 132

/** Whether the first bytes are those of a DICOM file (PS3.10, 7.1). */
export const isDicom = (bytes: Uint8Array): boolean =>
  bytes.length >= PREAMBLE && Buffer.from(bytes.subarray(128, PREAMBLE)).toString("latin1") === "DICM"

export interface Parsed {
  data: DataSet
  /** UID of the transfer syntax. */
  syntax: string | undefined
}

/** @throws DicomError where the file is cut short, damaged, nested too deep, or inflates to too much */
export function parseDicom(bytes: Uint8Array): Parsed {
  let inflated = false
  const inflater = (all: Uint8Array, position: number) => {
    inflated = true
    return inflate(all, position)
  }
  return speaking(() => {
    const data = dicomParser.parseDicom(bytes, { inflater })
    // What stands before the inflated part is not in `data` any more.
    return { data, syntax: inflated ? DEFLATED : data.string("x00020010") }
  })
}

/** Does `body`, which asks the parser. @throws DicomError where that throws, which does so with bare strings and parts of the file */
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
    return dicomParser.parseDicom(bytes, { untilTag: tag, inflater: inflate })
  } catch (error) {
    // What was read before it ran into the end comes with what is thrown.
    return (error as { dataSet?: DataSet }).dataSet
  }
}

/** Alone, without what stood before: the parser begins at its first byte. */
function inflate(bytes: Uint8Array, position: number): Uint8Array {
  return inflateRawSync(bytes.subarray(position), { maxOutputLength: MAX_INFLATED })
}

function reason(error: unknown): string {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  if (code === "ERR_BUFFER_TOO_LARGE") return `DICOM file that inflates to more than ${MAX_INFLATED / 1e6} MB`
  if (error instanceof RangeError && /call stack/.test(error.message))
    return "DICOM file with sequences nested too deep"
  return "truncated or damaged DICOM file (its elements cannot be read)"
}
