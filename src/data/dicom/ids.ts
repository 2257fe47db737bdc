/** Who a DICOM file shows: read to group images, never kept or shown. */
import { open } from "node:fs/promises"
import type { DataSet } from "dicom-parser"
import { isDicom, PREAMBLE, parseDicom, parseUntil } from "./parse.ts"

/** What an id belongs to. Images with an equal id of any kind are of one patient. */
export const KINDS = ["patient", "study", "series", "frame"] as const
export type Kind = (typeof KINDS)[number]

/**
 * The ids of one file, as in the file; a kind is absent if the file has none or a placeholder.
 * Never shown or written.
 */
export interface DicomIds {
  ids: Partial<Record<Kind, string>>
  /** The patient's id is a placeholder such as ANON. */
  isPlaceholder: boolean
}

/**
 * The elements that stand before the last of the ids are rarely larger; if they are, the whole file
 * is read.
 */
const HEAD = 2 ** 18

const [PATIENT, ISSUER] = ["x00100020", "x00100021"]
/** In the order of the file. The frame of reference comes last. */
const UIDS = { study: "x0020000d", series: "x0020000e", frame: "x00200052" } as const
const LAST = UIDS.frame

/**
 * Words that anonymisers and consoles write instead of an id, in lower case without anything but
 * letters and digits.
 */
const PLACEHOLDER = new RegExp(
  "^(|0+|x+|n|na|nil|null|none|nan|noid|noname|empty|blank|missing|undefined|unspecified|unknown|unbekannt|" +
    "anon|anonym|anonymous|anonymi[sz]ed?|anonymi[sz]iert|deidentified|deid|pseudonymi[sz]ed|removed|deleted|redacted|" +
    "masked|hidden|confidential|notavailable|notapplicable|patient|patientid|id|pid|name|test|dummy|default|sample)$",
)

/** Whether the text names nobody. */
export const isPlaceholder = (id: string): boolean => PLACEHOLDER.test(id.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ""))

/** The ids of a DICOM file; undefined if the file is not DICOM or cannot be read. */
export async function readDicomIds(file: string): Promise<DicomIds | undefined> {
  const handle = await open(file).catch(() => undefined)
  if (!handle) return undefined
  try {
    const first = await handle.read(Buffer.alloc(PREAMBLE), 0, PREAMBLE, 0)
    if (first.bytesRead < PREAMBLE || !isDicom(first.buffer)) return undefined
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    const data = parseUntil(buffer.subarray(0, bytesRead), LAST)
    const isAll = bytesRead < HEAD || Object.keys(data?.elements ?? {}).some((tag) => tag >= LAST)
    return idsOf(isAll ? data : parseDicom(await handle.readFile()).data)
  } catch {
    // The decoder says what is wrong with the file.
    return undefined
  } finally {
    await handle.close()
  }
}

function idsOf(data: DataSet | undefined): DicomIds {
  const text = (tag: string) => data?.string(tag)?.trim() ?? ""
  const patient = text(PATIENT)
  // Two hospitals may give one number to two patients.
  const ids: DicomIds["ids"] = isPlaceholder(patient) ? {} : { patient: JSON.stringify([patient, text(ISSUER)]) }
  for (const [kind, tag] of Object.entries(UIDS)) if (!isPlaceholder(text(tag))) ids[kind as Kind] = text(tag)
  return { ids, isPlaceholder: patient !== "" && ids.patient === undefined }
}
