/**
 * DICOM files that claim more than they hold, or are made to fill memory: a reason, at once,
 * without the patient's name.
 */
import { describe, expect, it } from "vitest"
import { decodeImage } from "../../src/data/read_image.ts"
import { dicomPicture } from "../support/dicom_files.ts"
import { inflating, lyingLength, lyingPictures, nested, sampleDicoms } from "../support/hostile_dicom.ts"

const reasonOf = async (bytes: Uint8Array): Promise<string> => {
  const before = process.memoryUsage.rss()
  const started = performance.now()
  const reason = await decodeImage(bytes, 16).then(
    () => "read",
    (error: Error) => error.message,
  )
  expect(performance.now() - started).toBeLessThan(10_000)
  expect(process.memoryUsage.rss() - before).toBeLessThan(2 ** 29)
  expect(reason).not.toContain("SECRET")
  return reason
}

describe("hostile DICOM files", () => {
  it.each(lyingPictures())("%s: a picture that claims another size than its file", async (_, bytes) => {
    expect(await reasonOf(bytes)).toMatch(/^damaged DICOM file \(24 x 24 pixels, its compressed picture \d+ x \d+/)
  })

  it("sequences nested 200,000 deep, and a few deep", async () => {
    expect(await reasonOf(nested(200_000))).toMatch(/nested too deep|truncated or damaged DICOM/)
    expect(await reasonOf(nested(5))).toMatch(/truncated or damaged DICOM|without a picture/)
  })

  it("a small file that inflates to 300 MB", async () => {
    const bytes = inflating(300e6)
    expect(bytes.length).toBeLessThan(400_000)
    expect(await reasonOf(bytes)).toMatch(/inflates to more than \d+/)
  })

  it("an element longer than the file", async () => {
    expect(await reasonOf(lyingLength())).toMatch(/truncated or damaged DICOM file/)
  })

  it("cut short anywhere: read or refused", async () => {
    for (const file of sampleDicoms())
      for (let length = 133; length < file.length; length += Math.ceil(file.length / 40))
        expect(await reasonOf(file.subarray(0, length))).toMatch(/DICOM file|^read$/)
  })

  it("a compressed picture of noise", async () => {
    const noise = Buffer.from(Array.from({ length: 400 }, (_, i) => (i * 7919) >> 3))
    for (const rest of [[0xff, 0x4f, 0xff, 0x51], [0xff, 0xd8, 0xff, 0xf7], [0xff, 0xd8, 0xff, 0xc3]]) // biome-ignore format: headers
      for (const syntax of ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5"]) // biome-ignore format: syntaxes
        expect(await reasonOf(dicomPicture({ width: 24, height: 24, values: [], syntax, fragments: [Buffer.concat([Buffer.from(rest), noise])] }))).toMatch(/DICOM file/) // biome-ignore format: one call
  })
})
