/** Gray values 0..255 of a set's images, in memory or stored elsewhere. */

/** Images that are too many for memory; each is [size, size], row by row. */
export interface StoredImages {
  readonly length: number
  /** Waits for the disk, if it must. */
  at(index: number): Uint8Array
  read(indices: readonly number[]): Promise<readonly Uint8Array[]>
  /** The same without all others. */
  pick(indices: readonly number[]): StoredImages
}

/** [N, size, size] in memory, or stored. */
export type Pixels = Uint8Array | StoredImages

interface Images {
  pixels: Pixels
  /** Width and height of each, in pixels. */
  size: number
}

/** Gray values of one image, [size, size]; waits for the disk if the set is stored. */
export const imageAt = ({ pixels, size }: Images, index: number): Uint8Array =>
  pixels instanceof Uint8Array ? pixels.subarray(index * size * size, (index + 1) * size * size) : pixels.at(index)

export const imagesAt = (data: Images, indices: readonly number[]): Uint8Array[] =>
  indices.map((index) => imageAt(data, index))

/**
 * Returns the images of the next batch each time that it is called, and begins to read those of the
 * batch after it, while a step trains on the first.
 *
 * @param batches indices of the images, in the order in which they are asked for
 */
export function readAhead(data: Images, batches: readonly (readonly number[])[]) {
  const begin = (k: number): Promise<readonly Uint8Array[]> => {
    const { pixels } = data
    const indices = batches[k] ?? []
    const images = pixels instanceof Uint8Array ? Promise.resolve(imagesAt(data, indices)) : pixels.read(indices)
    // A caller that stops before this batch does not crash on it; one that awaits it is told.
    images.catch(() => {})
    return images
  }
  let next = begin(0)
  let k = 0
  return async (): Promise<readonly Uint8Array[]> => {
    const images = await next
    next = begin(++k)
    return images
  }
}
