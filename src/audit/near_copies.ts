/**
 * Copies that are not the same file: turned by any angle, mirrored, cropped, scaled, brighter.
 * Keypoints say which images to compare and how one lies on the other; then their textures have to
 * correlate where both show something. docs/audit.md tells how the limits were measured.
 */

import { Union } from "../data/union.ts"
import { type Affine, determinant } from "./affine.ts"
import { align } from "./align.ts"
import { type Features, features } from "./features.ts"
import { halveByMean } from "./plane.ts"
import { register, type Textures } from "./register.ts"
import { textures } from "./texture.ts"
import { candidates } from "./visual_words.ts"

/** Width and height that images are decoded to; their letterbox is no content. */
export const SIDE = 256

/** Correlation from which two images are copies. */
const CORRELATION = 0.9
/** Part of the smaller one's content that both must show. */
const OVERLAP = 0.5
/** A copy is stretched in one direction at most so much more than in the other. */
const STRETCH = 1.3
/** Matches that must agree before it is worth registering. */
const AGREEING = 6
/** Images that each is compared with. */
const CANDIDATES = 10
/** Milliseconds of work between two looks at the clock's other users. */
const SLICE = 50

export interface Sketch {
  features: Features
  textures: Textures
}

/** What is kept of an image: [SIDE, SIDE] gray values, letterboxed. */
export function sketch(pixels: Uint8Array): Sketch {
  const image = halveByMean({ values: Float32Array.from(pixels), width: SIDE, height: SIDE })
  return { features: features(image), textures: textures(image) }
}

/** Two images that show the same radiograph. */
export interface NearCopy {
  i: number
  j: number
  /** Of their textures after registration, 0..1. */
  correlation: number
  /** How i becomes j: degrees clockwise after mirroring left to right, if it is mirrored. */
  rotation: number
  mirrored: boolean
  /** Of j's content against i's; 1 is the same size. */
  scale: number
}

interface Options {
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal
}

/**
 * Links between images, enough to connect all that were found to be copies of one another: images
 * that others connect already are not compared.
 */
export async function nearCopies(sketches: readonly Sketch[], options: Options = {}): Promise<NearCopy[]> {
  const lists = candidates(sketches, CANDIDATES)
  const union = new Union(sketches.length)
  const links: NearCopy[] = []
  const tried = new Set<number>()
  let since = performance.now()
  for (let rank = 0; rank < CANDIDATES; rank++)
    for (const [i, list] of lists.entries()) {
      if (performance.now() - since > SLICE) {
        options.onProgress?.(rank * lists.length + i, CANDIDATES * lists.length)
        await new Promise(setImmediate)
        options.signal?.throwIfAborted()
        since = performance.now()
      }
      if (rank >= list.length) continue
      const [a, b] = [Math.min(i, list[rank]), Math.max(i, list[rank])]
      const key = a * sketches.length + b
      if (tried.has(key) || union.root(a) === union.root(b)) continue
      tried.add(key)
      const found = compare(sketches[a], sketches[b])
      if (found === undefined) continue
      union.join(a, b)
      links.push({ i: a, j: b, ...found })
    }
  return links.sort((p, q) => p.i - q.i || p.j - q.j)
}

/** How the second is a copy of the first; undefined where it is none. */
export function compare(first: Sketch, second: Sketch): Omit<NearCopy, "i" | "j"> | undefined {
  const guess = align(first.features, second.features)
  if (guess === undefined || guess.agreeing < AGREEING) return undefined
  const found = register(first.textures, second.textures, guess.map)
  if (found === undefined || found.correlation < CORRELATION || found.overlap < OVERLAP) return undefined
  if (stretch(found.map) > STRETCH) return undefined
  const { a, b, d, e } = found.map
  const mirrored = determinant(found.map) < 0
  return {
    correlation: found.correlation,
    rotation: (Math.atan2(mirrored ? -b - d : d - b, mirrored ? e - a : a + e) * 180) / Math.PI,
    mirrored,
    scale: Math.sqrt(Math.abs(determinant(found.map))),
  }
}

/** Ratio of the map's singular values: 1 for a similarity. */
function stretch({ a, b, d, e }: Affine): number {
  const turned = Math.hypot(a + e, d - b)
  const mirrored = Math.hypot(a - e, d + b)
  return (turned + mirrored) / Math.abs(turned - mirrored)
}
