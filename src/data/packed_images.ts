import { PackEntry } from "../files/packs.ts"
import type { StoredImages } from "./pixels.ts"

/**
 * Images in packed files of the cache, verified when they were found. Those that could not be
 * written are in memory.
 */
export class PackedImages implements StoredImages {
  constructor(readonly images: readonly (PackEntry | Uint8Array)[]) {}

  get length(): number {
    return this.images.length
  }

  at(index: number): Uint8Array {
    const image = this.images[index]
    return image instanceof PackEntry ? image.readSync() : image
  }

  read(indices: readonly number[]): Promise<Uint8Array[]> {
    return Promise.all(
      indices.map(async (index) => {
        const image = this.images[index]
        if (!(image instanceof PackEntry)) return image
        const pixels = Buffer.allocUnsafeSlow(image.length)
        await image.read(pixels)
        return pixels
      }),
    )
  }

  pick(indices: readonly number[]): PackedImages {
    return new PackedImages(indices.map((index) => this.images[index]))
  }
}
