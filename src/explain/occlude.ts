/**
 * Occlusion: the image once for each patch of a grid, with that patch hidden; and what the logits
 * lost thereby, laid over the image. Nothing is noted for backward.
 *
 * M. D. Zeiler, R. Fergus, 2014, https://arxiv.org/abs/1311.2901
 */
import { lanesFor } from "../gpu/threads.ts"
import { checkRank, checkShape, checkWhole } from "../tensor/check.ts"
import type { Tensor } from "../tensor/tensor.ts"

/**
 * Where patches lie: `count` a row and a column of a square image, the grid's middle on the
 * image's.
 */
export interface Grid {
  /** Width and height of the image, of a patch, and from one patch to the next, in pixels. */
  size: number
  side: number
  stride: number
  count: number
  /** Pixels by which the first patches reach beyond the image. */
  overhang: number
}

/**
 * As few patches as cover every pixel of the image; those at its edges may reach beyond it.
 *
 * @throws unless 1 <= stride <= side <= size
 */
export function patchGrid(size: number, side: number, stride: number): Grid {
  checkWhole("occlusion", "patch", side, 1)
  checkWhole("occlusion", "stride", stride, 1)
  if (side > size) throw new Error(`occlusion: a patch of ${side} pixels, expected at most the image's ${size}`)
  if (stride > side) {
    throw new Error(`occlusion: stride ${stride} steps over pixels, expected at most the patch's ${side}`)
  }
  const count = Math.ceil((size - side) / stride) + 1
  return { size, side, stride, count, overhang: ((count - 1) * stride + side - size) >> 1 }
}

/** Row and column of the upper left corner of each patch, row by row of the grid. */
export function corners({ count, stride, overhang }: Grid): [row: number, column: number][] {
  return Array.from({ length: count ** 2 }, (_, p) => {
    return [Math.floor(p / count) * stride - overhang, (p % count) * stride - overhang]
  })
}

/**
 * y[p,c,i,j] = mean of x[0,c] over patch p and `margin` pixels around it where (i,j) lies in patch
 * p, else x[0,c,i,j].
 *
 * @param x [1,C,H,W]
 * @param corners [P,2], row and column of each patch
 * @returns y [P,C,H,W]
 */
export function occlude(x: Tensor, corners: Tensor, { side, margin }: { side: number; margin: number }): Tensor {
  checkRank("occlude", "x", x, 4)
  const { gpu } = x
  const [n, c, h, w] = x.shape
  const [patches] = corners.shape
  if (n !== 1) throw new Error(`occlude: x holds ${n} images, expected 1`)
  checkShape("occlude", "corners", corners, [patches, 2], "a row and a column a patch")
  const fill = gpu.empty([patches, c])
  gpu.run("patch_means", { x, corners, y: fill }, { patches, c, h, w, side, margin }, [fill.size])
  const y = gpu.empty([patches, c, h, w])
  const lanes = lanesFor(gpu, h * w)
  const params = { planes: patches * c, c, h, w, lanes, side }
  gpu.run("occlude", { x, corners, fill, y }, params, [params.planes * lanes])
  return y
}

/**
 * y[i,j] = mean of drop[p] over the patches p that hide (i,j)
 *
 * @param drop [P], in the order of `corners`
 * @returns y [H,W]
 */
export function occlusionMap(drop: Tensor, { size, side, stride, count, overhang }: Grid): Tensor {
  checkShape("occlusionMap", "drop", drop, [count ** 2], `a grid of ${count} x ${count} patches`)
  const y = drop.gpu.empty([size, size])
  drop.gpu.run("occlusion_map", { drop, y }, { size, count, side, stride, overhang }, [y.size])
  return y
}
