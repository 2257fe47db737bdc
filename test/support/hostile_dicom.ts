/** DICOM files to be damaged, and some that are made to do harm. */
import { readFileSync } from "node:fs"
import {
  compressed,
  dicom,
  dicomPicture,
  type Element,
  type Picture,
  pictureElements,
  runLengths,
  SYNTAX,
} from "./dicom_files.ts"

const [width, height] = [24, 24]
const limb: Picture = {
  width,
  height,
  bits: 12,
  values: Array.from({ length: width * height }, (_, i) => (i * 97) % 4096),
}

/** Of a patient whose name no refusal may hold. */
const more: Element[] = [
  ["00100010", "PN", "SECRET^NAME"],
  ["00100020", "LO", "SECRET-1"],
  ["00281050", "DS", "2000"],
  ["00281051", "DS", "4000"],
]

const AT_FIRST: Element = ["00080060", "CS", "DX"]

/** A curve for 12 bits in the place of a window. */
const curve: Element = [
  "00283010",
  "SQ",
  [
    [
      ["00283002", "US", [4096, 0, 12]],
      ["00283006", "OW", Array.from({ length: 4096 }, (_, i) => 4095 - i)],
    ],
  ],
]

/** What there is without preamble and file meta information. */
const bare = (whole: Buffer): Buffer => whole.subarray(144 + whole.readUInt32LE(140))

/** One of every syntax, and such as are written in an odd way. */
export function sampleDicoms(): Buffer[] {
  const lossless = readFileSync(new URL("../fixtures/dicom/lossless-12.jpg", import.meta.url))
  const packed: [string, Uint8Array][] = [
    [SYNTAX.rle, runLengths(limb)],
    [SYNTAX.jpegLs, compressed("jpegLs", limb)],
    [SYNTAX.jpeg2000, compressed("jpeg2000", limb)],
    [SYNTAX.htj2k, compressed("htj2k", limb)],
    [SYNTAX.lossless, lossless],
  ]
  return [
    ...[SYNTAX.implicit, SYNTAX.explicit, SYNTAX.deflated, SYNTAX.big].map((syntax) =>
      dicomPicture({ ...limb, syntax, more }),
    ),
    ...packed.map(([syntax, bytes]) => dicomPicture({ ...limb, syntax, more, fragments: [bytes] })),
    ...[SYNTAX.implicit, SYNTAX.explicit].map((syntax) =>
      bare(dicomPicture({ ...limb, syntax, more: [AT_FIRST, ...more] })),
    ),
    dicomPicture({ ...limb, more: [...more, curve] }),
    dicomPicture({ ...limb, samples: 3, values: limb.values.flatMap((value) => [value, value, value]), more }),
  ]
}

/** Sequences of undefined length, each in an item of the one before. */
export function nested(levels: number): Buffer {
  const open = Buffer.from([
    0x08, 0x00, 0x40, 0x11, 0x53, 0x51, 0, 0, 255, 255, 255, 255, 254, 255, 0, 224, 255, 255, 255, 255,
  ])
  return dicom([["00081140", "raw", Buffer.concat(new Array(levels).fill(open))], ...pictureElements(limb)])
}

/** A deflated file of so many zeros. */
export function inflating(bytes: number): Buffer {
  return dicom([["00420011", "OB", Buffer.alloc(bytes)], ...pictureElements(limb)], SYNTAX.deflated)
}

/** The compressed picture's own header claims the largest size there is. */
export function lyingPictures(): [string, Buffer][] {
  const jpeg2000 = compressed("jpeg2000", limb)
  const htj2k = compressed("htj2k", limb)
  for (const bytes of [jpeg2000, htj2k]) bytes.fill(0x7f, 8, 16)
  const jpegLs = compressed("jpegLs", limb)
  const lossless = readFileSync(new URL("../fixtures/dicom/lossless-12.jpg", import.meta.url))
  for (const [bytes, marker] of [
    [jpegLs, 0xf7],
    [lossless, 0xc3],
  ] as const) {
    // biome-ignore format: pairs
    const at = bytes.indexOf(Buffer.from([0xff, marker]))
    bytes.fill(0xff, at + 5, at + 9)
  }
  const made = { jpeg2000, htj2k, jpegLs, lossless }
  return Object.entries(made).map(([name, bytes]) => [
    name,
    dicomPicture({ ...limb, syntax: SYNTAX[name as keyof typeof made], fragments: [bytes] }),
  ])
}

/** An element's length reaches beyond the file's end. */
export function lyingLength(): Buffer {
  const file = dicomPicture({ ...limb, more })
  const at = file.indexOf("SECRET^NAME") - 2
  file.writeUInt16LE(0xfffe, at)
  return file
}
