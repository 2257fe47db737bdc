/** The table of image formats: what each row says holds of files of its kind. */
import path from "node:path"
import sharp from "sharp"
import { describe, expect, it } from "vitest"
import {
  FORMATS,
  formatNames,
  formatOf,
  HEAD,
  hasReadableEnding,
  otherEnding,
  otherKindOf,
} from "../../src/data/formats.ts"
import { fileFacts, ImageError, readImage } from "../../src/data/read_image.ts"
import { dicomPicture } from "../support/dicom_files.ts"
import { tempFolder } from "../support/temp_folder.ts"

const image = () => sharp({ create: { width: 6, height: 4, channels: 3, background: "#808080" } })
const files: Record<string, () => Promise<Buffer>> = {
  PNG: () => image().png().toBuffer(),
  JPEG: () => image().jpeg().toBuffer(),
  WebP: () => image().webp().toBuffer(),
  TIFF: () => image().tiff().toBuffer(),
  GIF: () => image().gif().toBuffer(),
  DICOM: async () => Buffer.from(dicomPicture({ width: 6, height: 4, values: Array(24).fill(128) })),
}

it("names every format that a file is made of here", () => {
  expect(FORMATS.map(({ name }) => name).sort()).toEqual(Object.keys(files).sort())
  expect(formatNames()).toBe("PNG, JPEG, WebP, TIFF, GIF or DICOM")
})

describe.each(FORMATS)("$name", ({ name, endings }) => {
  it("is known by its first bytes, and its facts are read", async () => {
    const bytes = await files[name]()
    expect(formatOf(bytes.subarray(0, HEAD))?.name).toBe(name)
    expect(otherKindOf(bytes)).toBeUndefined()
    const facts = { bytes: bytes.length, format: name.toLowerCase(), width: 6, height: 4 }
    expect(await fileFacts(bytes)).toMatchObject(facts)
  })

  it("is read under any of its endings, in small and capital letters", async () => {
    const bytes = await files[name]()
    const folder = await tempFolder(Object.fromEntries(endings.map((ending) => [`x.${ending}`, bytes])))
    for (const ending of endings) {
      expect([`a/x.${ending}`, `a/x.${ending.toUpperCase()}`].every(hasReadableEnding)).toBe(true)
      expect((await readImage(path.join(folder, `x.${ending}`), 6)).pixels).toHaveLength(36)
    }
  })
})

it("a DICOM file is one whatever comes before its mark", async () => {
  const bytes = await files.DICOM()
  bytes.write("II*\0", "latin1")
  expect(formatOf(bytes)?.name).toBe("DICOM")
})

it("tells the endings of images that are not read", () => {
  const names = ["a.bmp", "a.HEIC", "a.nii.gz", "a.txt", "bmp"]
  expect(names.map(otherEnding)).toEqual(["bmp", "heic", "nii.gz", undefined, undefined])
})

describe("an image that cannot be read", () => {
  it("is named, with the reason; the system's code tells that its content is not at fault", async () => {
    const folder = await tempFolder({ "a.png": "no image" })
    const failed = (file: string) => readImage(path.join(folder, file), 4).catch((error: unknown) => error)
    const cases: [string, string, string | undefined][] = [
      ["a.png", "not an image: its content is none of PNG, JPEG, WebP, TIFF, GIF, DICOM", undefined],
      ["c.png", "no such file", "ENOENT"],
      [".", "is a folder; name the images in it", "EISDIR"],
    ]
    for (const [file, reason, code] of cases) {
      const error = await failed(file)
      expect(error).toBeInstanceOf(ImageError)
      expect(error).toMatchObject({ reason, code, message: `${path.join(folder, file)}: ${reason}` })
    }
  })
})
