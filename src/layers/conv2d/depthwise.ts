/**
 * Convolution with as many groups as channels, as mobile networks have it: the plans of its three
 * passes. Each channel has one window, so the loads that tiles of many channels share are not
 * there; what a tile saves are pixels under windows that overlap.
 */
import type { Adapter } from "../../gpu/plan.ts"
import { addingThreads } from "../../gpu/threads.ts"
import { limits } from "./forward.ts"
import type { Conv2dSizes, ConvolutionPlan, Epilogue } from "./sizes.ts"
import { tileCount } from "./tile.ts"

/** In words, for people. */
export const DEPTHWISE =
  "as many groups as input and output channels, no dilation, window at most 7x7, stride at most 2"

/** Larger windows take too long to compile unrolled. */
export const isDepthwise = ({ c, o, kh, kw, stride, dilation, groups }: Conv2dSizes): boolean =>
  groups > 1 && groups === c && o === c && dilation === 1 && kh === kw && kh <= 7 && stride <= 2

/**
 * Rows and columns of pixels that one thread computes, multiples of the stride. On a processor that
 * is what loads least; neighbouring threads of a GPU should read neighbouring pixels.
 */
const pixelsFor = ({ kind }: Adapter, { stride }: Conv2dSizes) => ({ TI: 4, TJ: kind === "software" ? 4 : stride })

/** What the three plans have in common, for tiles over planes of h x w pixels. */
function tiled(sizes: Conv2dSizes, adapter: Adapter, oh: number, ow: number) {
  const pixels = pixelsFor(adapter, sizes)
  const { n, c, h, w, kh: K, stride: STRIDE } = sizes
  return {
    tiles: tileCount({ n, oh, ow }, pixels),
    params: { n, c, h, w, oh: sizes.oh, ow: sizes.ow },
    consts: { K, STRIDE, ...pixels },
    speed: "few" as const,
  }
}

/** Undefined if the kernel does not fit the shape, here and below. */
export function forwardDepthwise(
  sizes: Conv2dSizes,
  epilogue: Epilogue,
  adapter: Adapter,
): ConvolutionPlan | undefined {
  if (!isDepthwise(sizes)) return undefined
  const { tiles, params, ...plan } = tiled(sizes, adapter, sizes.oh, sizes.ow)
  return {
    ...plan,
    kernel: "conv2d_depthwise",
    params: { ...params, padding: sizes.padding, ...limits(epilogue) },
    threads: [sizes.c * tiles],
  }
}

export function inputDepthwise(sizes: Conv2dSizes, adapter: Adapter): ConvolutionPlan | undefined {
  if (!isDepthwise(sizes)) return undefined
  const { tiles, consts, ...plan } = tiled(sizes, adapter, sizes.h, sizes.w)
  return {
    ...plan,
    kernel: "conv2d_backward_input_depthwise",
    threads: [sizes.c * tiles],
    consts: { ...consts, PAD: sizes.padding },
  }
}

/**
 * So many workgroups, each for a channel and a part, keep a processor busy; so many a large GPU.
 */
const ENOUGH_WORKGROUPS = { software: 16, gpu: 512 }

/** dw and db in parts, with at least a tile for each invocation. @param most parts */
export function weightDepthwise(sizes: Conv2dSizes, adapter: Adapter, most?: number): ConvolutionPlan | undefined {
  if (!isDepthwise(sizes)) return undefined
  const { tiles, params, consts, ...plan } = tiled(sizes, adapter, sizes.oh, sizes.ow)
  const SIZE = addingThreads({ adapter })
  const wanted = most ?? Math.ceil(ENOUGH_WORKGROUPS[adapter.kind] / sizes.c)
  const splits = Math.min(wanted, Math.ceil(tiles / SIZE))
  return {
    ...plan,
    kernel: "conv2d_backward_weight_depthwise",
    params: { ...params, padding: sizes.padding, splits, first_channels: 0, first_split: 0 },
    threads: [SIZE, sizes.c, splits],
    consts: { ...consts, SIZE },
    parts: splits,
  }
}
