/** Who a DICOM file is of: read for the groups, never kept or shown as it is. */
import { open } from "node:fs/promises"
import type { DataSet } from "dicom-parser"
import { isDicom, PREAMBLE, parseDicom, parseUntil } from "./parse.ts"

export interface DicomId {
  kind: "patient" | "study"
  /** As in the file. Not to be shown or written. */
  id: string
}

/** What stands before the study's UID is rarely more; where it is, the whole file is read. */
const HEAD = 2 ** 18

const STUDY = "x0020000d"

/** The patient's id, else the study's; undefined where the file is no DICOM, names neither, or cannot be read. */
export async function readDicomId(file: string): Promise<DicomId | undefined> {
  const handle = await open(file).catch(() => undefined)
  if (!handle) return undefined
  try {
    const first = await handle.read(Buffer.alloc(PREAMBLE), 0, PREAMBLE, 0)
    if (first.bytesRead < PREAMBLE || !isDicom(first.buffer)) return undefined
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    const head = buffer.subarray(0, bytesRead)
    const data = parseUntil(head, STUDY)
    if (data?.elements[STUDY] || bytesRead < HEAD) return idOf(data)
    return idOf(parseDicom(await handle.readFile()).data)
  } catch {
    // What is wrong with it is said where it is decoded.
    return undefined
  } finally {
    await handle.close()
  }
}

function idOf(data: DataSet | undefined): DicomId | undefined {
  const text = (tag: string) => data?.string(tag)?.trim() ?? ""
  const [patient, issuer, study] = [text("x00100020"), text("x00100021"), text(STUDY)]
  // One number may be of two patients of two hospitals.
  if (patient !== "") return { kind: "patient", id: JSON.stringify([patient, issuer]) }
  return study === "" ? undefined : { kind: "study", id: study }
}
