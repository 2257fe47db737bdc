/**
 * Keeps the sketches of a folder in a file while it is audited: 37 kB each, those of 20,000 images
 * would not fit beside a training run in memory.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { LENGTH } from "./descriptor.ts"
import type { Features } from "./features.ts"
import type { Sketch } from "./near_copies.ts"
import type { Textures } from "./register.ts"

/** Numbers per keypoint: x, y, size and its descriptor. */
const NUMBERS = 3 + LENGTH

export class SketchFile {
  readonly #name: string
  readonly #file: number | undefined
  #end = 0

  /**
   * Opens a file without a name; on Windows it has one until `close`. If nothing can be written
   * there, sketches stay in memory.
   *
   * @param dir a folder on a disk, which /tmp may not be
   */
  constructor(dir = tmpdir()) {
    this.#name = path.join(dir, `sketches-${process.pid}-${performance.now()}`)
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      this.#file = openSync(this.#name, "wx+", 0o600)
      if (process.platform !== "win32") rmSync(this.#name)
    } catch {}
  }

  /** @returns a sketch that reads itself from the file; the same one if it could not be written */
  add(sketch: Sketch): Sketch {
    const file = this.#file
    if (file === undefined) return sketch
    const { features, textures } = sketch
    const { x, y, size, descriptors, n } = features
    const { fine, coarse } = textures
    const parts = [x, y, size, descriptors, fine.values, coarse.values]
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)))
    const at = this.#end
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done)
    } catch {
      return sketch
    }
    this.#end += bytes.length
    return new StoredSketch(
      file,
      at,
      n,
      [fine, coarse].map(({ side, area }) => ({ side, area })),
    )
  }

  close(): void {
    if (this.#file === undefined) return
    ftruncateSync(this.#file)
    closeSync(this.#file)
    rmSync(this.#name, { force: true })
  }
}

class StoredSketch implements Sketch {
  readonly #file: number
  readonly #at: number
  readonly #n: number
  readonly #sizes: { side: number; area: number }[]

  constructor(file: number, at: number, n: number, sizes: { side: number; area: number }[]) {
    this.#file = file
    this.#at = at
    this.#n = n
    this.#sizes = sizes
  }

  get features(): Features {
    const n = this.#n
    const numbers = new Float32Array(this.#read(0, 4 * n * NUMBERS).buffer)
    const [x, y, size] = [0, 1, 2].map((k) => numbers.subarray(k * n, (k + 1) * n))
    return { n, x, y, size, descriptors: numbers.subarray(3 * n) }
  }

  get textures(): Textures {
    let from = 4 * this.#n * NUMBERS
    const [fine, coarse] = this.#sizes.map(({ side, area }) => {
      const values = new Int8Array(this.#read(from, side * side).buffer)
      from += side * side
      return { values, side, area }
    })
    return { fine, coarse }
  }

  #read(from: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const read = readSync(this.#file, bytes, done, length - done, this.#at + from + done)
      if (read === 0) throw new Error("the audit's scratch file was cut short while it was read")
      done += read
    }
    return bytes
  }
}
