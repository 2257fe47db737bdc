import { describe, LENGTH } from "./descriptor.ts"
import { keypoints } from "./keypoints.ts"
import type { Plane } from "./plane.ts"

/** An image's keypoints; `n` of each. */
export interface Features {
  n: number
  x: Float32Array
  y: Float32Array
  /** Natural logarithm of the keypoint's sigma in pixels. */
  size: Float32Array
  /** [n, LENGTH] */
  descriptors: Float32Array
}

/** Keypoints an image; more find little more and cost the square. */
const MOST = 60

export function features(image: Plane): Features {
  const found = keypoints(image, MOST)
  const descriptors = new Float32Array(found.length * LENGTH)
  let n = 0
  const kept = found.filter((keypoint) => {
    const clear = describe(keypoint, descriptors.subarray(n * LENGTH, (n + 1) * LENGTH))
    if (clear) n++
    return clear
  })
  return {
    n,
    x: Float32Array.from(kept, ({ x }) => x),
    y: Float32Array.from(kept, ({ y }) => y),
    size: Float32Array.from(kept, ({ sigma }) => Math.log(sigma)),
    descriptors: descriptors.slice(0, n * LENGTH),
  }
}
