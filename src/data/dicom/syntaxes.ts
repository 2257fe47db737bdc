/** Transfer syntaxes: how a DICOM file's picture is written (PS3.5, 10 and annex A). */

export type Encoding = "native" | "rle" | "jpeg" | "jpeg-lossless" | "jpeg-ls" | "jpeg-2000" | "htj2k" | "other"

export interface Syntax {
  name: string
  encoding: Encoding
}

const KNOWN: Record<string, [name: string, encoding: Encoding]> = {
  "": ["Implicit VR Little Endian", "native"],
  ".1": ["Explicit VR Little Endian", "native"],
  ".1.99": ["Deflated Explicit VR Little Endian", "native"],
  ".2": ["Explicit VR Big Endian", "native"],
  ".5": ["RLE Lossless", "rle"],
  ".4.50": ["JPEG Baseline", "jpeg"],
  ".4.51": ["JPEG Extended", "jpeg"],
  ".4.57": ["JPEG Lossless", "jpeg-lossless"],
  ".4.70": ["JPEG Lossless, First-Order Prediction", "jpeg-lossless"],
  ".4.80": ["JPEG-LS Lossless", "jpeg-ls"],
  ".4.81": ["JPEG-LS Near-Lossless", "jpeg-ls"],
  ".4.90": ["JPEG 2000 Lossless", "jpeg-2000"],
  ".4.91": ["JPEG 2000", "jpeg-2000"],
  ".4.100": ["MPEG-2", "other"],
  ".4.201": ["High-Throughput JPEG 2000 Lossless", "htj2k"],
  ".4.202": ["High-Throughput JPEG 2000 Lossless RPCL", "htj2k"],
  ".4.203": ["High-Throughput JPEG 2000", "htj2k"],
}

const ROOT = "1.2.840.10008.1.2"

/**
 * @param uid as the file has it; one that is not known is not repeated, since a file may write
 * anything there
 */
export function syntaxOf(uid: string | undefined): Syntax {
  const rest = uid?.startsWith(ROOT) ? uid.slice(ROOT.length) : "none"
  const [name, encoding] = Object.hasOwn(KNOWN, rest) ? KNOWN[rest] : (["of an unknown name", "other"] as const)
  return { name, encoding }
}

export const isReadable = ({ encoding }: Syntax): boolean => encoding !== "other"
