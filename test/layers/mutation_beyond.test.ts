/**
 * As mutation.test.ts, for the kernels that no op's gradient check runs: convolution by tiles,
 * GEMM, optimisers, clipping, augmentation, maps, an epoch's sums, running statistics, the tape's
 * own. The checks are those of the kernels' tests.
 */
import { describe, it } from "vitest"
import { checkAugment } from "../../bench/reference/augment_check.ts"
import { checkConv2d, checkPlanned, GPU, sizesOf } from "../../bench/reference/conv2d_check.ts"
import { checkPooled } from "../../bench/reference/conv2d_relu_max_pool2d_check.ts"
import { draw } from "../../bench/reference/gradcheck.ts"
import { weightGemm } from "../../src/layers/conv2d/backward_weight.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { EXPLAIN_CHECKS } from "../explain/explain_check.ts"
import { checkClip } from "../optim/clip_check.ts"
import { checkRule, RULES } from "../optim/optim_check.ts"
import { type Mutation, openForMutants } from "../support/mutants.ts"
import { checkOnes, checkUsedTwice } from "../tensor/tape_check.ts"
import { checkEpochTotals } from "../train/epoch_totals_check.ts"
import { checkRunning } from "./batch_norm2d_check.ts"
import { checkGemm } from "./matmul/gemm_check.ts"
import { checkTiles, ODD } from "./matmul/tiles_check.ts"

const mutants = await openForMutants()

// Planes that no tile covers exactly, and channels that neither tiles nor a workgroup's four do.
const many = sizesOf([2, 10, 7, 9], 9, 3, 1, 1)
const few = sizesOf([2, 2, 7, 9], 9, 3, 1, 1)

const depthwise = sizesOf([3, 5, 18, 14], 5, 3, 2, 1, undefined, { groups: 5 })

// Rows of four tiles, which divide the lanes of any subgroup.
const pooled = sizesOf([2, 10, 14, 16], 9, 3, 1, 1)

// Blocks and steps that are not full, pixels that no window reaches; and more parts of dw than
// invocations share.
const strided = sizesOf([2, 3, 12, 10], 19, 3, 2, 1)
const long = sizesOf([2, 2, 25, 24], 5, 3, 2, 1)

const CHECKS: Record<string, (gpu: TensorGpu) => Promise<unknown>> = {
  "conv2d by tiles": (gpu) => checkPlanned(gpu, many, true, ["forward"]),
  "conv2d's dx by tiles": (gpu) => checkPlanned(gpu, many, true, ["input"]),
  "conv2d's dw by tiles": (gpu) => checkPlanned(gpu, many, true, ["weight"]),
  "conv2d of few channels": (gpu) => checkPlanned(gpu, few, true, ["forward"]),
  "conv2d's dw of few channels": (gpu) => checkPlanned(gpu, few, true, ["weight"]),
  depthwise: (gpu) => checkPlanned(gpu, depthwise, true, ["forward"]),
  "depthwise, dx": (gpu) => checkPlanned(gpu, depthwise, true, ["input"]),
  "depthwise, dw": (gpu) => checkPlanned(gpu, depthwise, true, ["weight"]),
  "pooled by tiles": (gpu) => checkPooled(gpu, pooled, true, ["forward"]),
  "pooled, dx by tiles": (gpu) => checkPooled(gpu, pooled, true, ["input"]),
  "pooled, dw by tiles": (gpu) => checkPooled(gpu, pooled, true, ["weight"]),
  "pooled of few channels": (gpu) => checkPooled(gpu, { ...pooled, c: 2 }, true, ["forward"]),
  "pooled, dw of few channels": (gpu) => checkPooled(gpu, { ...pooled, c: 2 }, true, ["weight"]),
  "GEMM of conv2d": (gpu) => checkPlanned(gpu, strided, true, ["forward"], GPU),
  "GEMM of conv2d's dx": (gpu) => checkPlanned(gpu, strided, true, ["input"], GPU),
  "GEMM of conv2d's dw": (gpu) => checkConv2d(gpu, long, true, { weight: weightGemm(long, undefined, 20) }),
  GEMM: (gpu) => checkGemm(gpu, { m: 17, n: 19, k: 37, bias: true, relu: true }),
  // What lies behind a row is the next one: not 0, as behind a whole matrix where the driver sees
  // to that.
  "GEMM of rows": (gpu) => checkGemm(gpu, { m: 17, n: 19, k: 37, bTransposed: true }),
  "GEMM of a gradient": (gpu) => checkGemm(gpu, { m: 17, n: 19, k: 37, gated: true, rows: true }),
  "GEMM of transposes": (gpu) => checkGemm(gpu, { m: 17, n: 19, k: 37, aTransposed: true, bTransposed: true }),
  ...Object.fromEntries(
    Object.entries(ODD).map(([name, test]) => [`product by tiles: ${name}`, (gpu: TensorGpu) => checkTiles(gpu, test)]),
  ),
  augment: (gpu) => checkAugment(gpu, [3, 2, 13, 9], { mean: 0.4, sd: 0.2 }),
  ...EXPLAIN_CHECKS,
  clip: (gpu) => checkClip(gpu, [draw([9000], 1), draw([7], 2)], 0.5),
  ...Object.fromEntries(Object.keys(RULES).map((name) => [name, (gpu: TensorGpu) => checkRule(gpu, name)])),
  "totals of 1": (gpu) => checkEpochTotals(gpu, 1),
  "totals of 3": (gpu) => checkEpochTotals(gpu, 3),
  running: checkRunning,
  ones: checkOnes,
  usedTwice: checkUsedTwice,
}

const TILES: Mutation[] = [
  ["conv2d by tiles", "conv2d_tile", "b[o0 + o]", "b[o]", "the first tile's bias for all"],
  ["conv2d by tiles", "conv2d_tile", " & row_mask[r]", "", "rows outside of x not masked"],
  ["conv2d by tiles", "conv2d_tile", " & column_mask[s]", "", "columns outside of x not masked"],
  ["conv2d by tiles", "conv2d_tile", "window[at], sum[pixel]", "window[at], 0.0", "missing accumulation"],
  ["conv2d by tiles", "conv2d_tile", "loaded, l)", "loaded, 0u)", "another's weight"],
  ["conv2d by tiles", "conv2d_tile", "w[tap[m] + c * params.w_c]", "w[tap[m]]", "first channel's weights for all"],
  ["conv2d by tiles", "conv2d_tile", "(i * STRIDE + p) * WJ", "i * STRIDE * WJ", "first row of taps for all"],
  ["conv2d's dx by tiles", "conv2d_tile", "KK - 1u - k", "k", "kernel not turned round"],
  ["conv2d's dw by tiles", "conv2d_backward_weight_tile", " & row_mask", "", "rows outside of x not masked"],
  ["conv2d's dw by tiles", "conv2d_backward_weight_tile", "(i < params.oh) & ", "", "rows outside of dy not masked"],
  ["conv2d's dw by tiles", "conv2d_backward_weight_tile", "sum[tap]);", "0.0);", "missing accumulation"],
  ["conv2d's dw by tiles", "conv2d_backward_weight_tile", "let n = tile / tiles", "let n = 0u", "first image for all"],
  ["conv2d's dw by tiles", "conv2d_backward_weight_tile", "subgroupAdd(bias[o])", "bias[o]", "a fourth of the bias"],
  ["conv2d's dw by tiles", "conv2d_backward_weight_sum", "sum += part", "sum = part", "only the last part"],
  [
    "conv2d's dw by tiles",
    "conv2d_backward_weight_sum",
    "db[index - params.dw] = sum",
    "db[index - params.dw] = 0.0",
    "no db",
  ],
  ["conv2d of few channels", "conv2d_tile_few", "(row < params.h) & ", "", "rows outside of x not masked"],
  ["conv2d of few channels", "conv2d_tile_few", "(n * C + c)", "(n * C)", "first channel for all"],
  ["conv2d of few channels", "conv2d_tile_few", "b[o]", "b[0]", "first bias for all"],
  ["conv2d of few channels", "conv2d_tile_few", "+ tap % K;", ";", "first column of taps for all"],
  ["conv2d's dw of few channels", "conv2d_backward_weight_few", " & (column < params.w)", "", "columns not masked"],
  ["conv2d's dw of few channels", "conv2d_backward_weight_few", "loaded, l)", "loaded, 0u)", "another's pixel"],
  ["conv2d's dw of few channels", "conv2d_backward_weight_few", "bias[o] +=", "bias[o] =", "missing accumulation"],
  ["conv2d's dw of few channels", "conv2d_backward_weight_few", "tap / K)", "tap % K)", "taps transposed"],
]

const DEPTHWISE: Mutation[] = [
  ["depthwise", "conv2d_depthwise", "(row < params.h) & ", "", "rows outside of x not masked"],
  ["depthwise", "conv2d_depthwise", "w[c * K * K + tap]", "w[tap]", "first window for all"],
  ["depthwise", "conv2d_depthwise", "b[c]", "b[0]", "first bias for all"],
  ["depthwise", "conv2d_depthwise", "(i0 + i < params.oh) & ", "", "rows beyond y written"],
  ["depthwise", "conv2d_depthwise", "j * STRIDE + tap % K", "j + tap % K", "no stride in columns"],
  ["depthwise, dx", "conv2d_backward_input_depthwise", "w[c * K * K + tap]", "w[tap]", "first window for all"],
  ["depthwise, dx", "conv2d_backward_input_depthwise", " & (column < params.ow)", "", "columns of dy not masked"],
  ["depthwise, dx", "conv2d_backward_input_depthwise", "+ (j + AHEAD - q) % STRIDE", "", "rests not left out"],
  ["depthwise, dx", "conv2d_backward_input_depthwise", " & (j0 + j < params.w)", "", "columns beyond dx written"],
  ["depthwise, dw", "conv2d_backward_weight_depthwise", "total += sums", "total = sums", "the last invocation's sum"],
  ["depthwise, dw", "conv2d_backward_weight_depthwise", "sum[KK] += given", "sum[KK] = given", "missing accumulation"],
  ["depthwise, dw", "conv2d_backward_weight_depthwise", "(i0 + i < params.oh) & ", "", "rows of dy not masked"],
  ["depthwise, dw", "conv2d_backward_weight_depthwise", "tile / tiles * params.c + c", "c", "first image for all"],
]

const POOLED: Mutation[] = [
  ["pooled by tiles", "conv2d_tile", "(bits > best)", "(bits > best) | (place == 4u)", "no relu"],
  ["pooled by tiles", "conv2d_tile", "select(place, k, more)", "k", "the last wins always"],
  ["pooled by tiles", "conv2d_tile", "k / 2u * TJ", "0u", "first row of each window"],
  ["pooled by tiles", "conv2d_tile", "b[o0 + o]", "b[o]", "the first tile's bias for all"],
  ["pooled by tiles", "conv2d_tile", " & row_mask[r]", "", "rows outside of x not masked"],
  [
    "pooled of few channels",
    "conv2d_tile_few",
    "(bits > best[0u])",
    "(bits > best[0u]) | (place[0u] == 4u)",
    "no relu",
  ],
  ["pooled of few channels", "conv2d_tile_few", "select(place[0u], k, more)", "k", "last wins"],
  ["pooled, dx by tiles", "conv2d_relu_max_pool2d_backward_input_tile", "place[source] == here", "true", "all win"],
  ["pooled, dx by tiles", "conv2d_relu_max_pool2d_backward_input_tile", " & row_mask[r]", "", "rows not masked"],
  ["pooled, dx by tiles", "conv2d_relu_max_pool2d_backward_input_tile", "KK - 1u - at % KK", "at % KK", "not turned"],
  ["pooled, dw by tiles", "conv2d_backward_weight_tile", "place[source] ==", "0u ==", "place ignored"],
  ["pooled, dw by tiles", "conv2d_backward_weight_tile", "bias[m] + loaded", "loaded", "last tile's db"],
  ["pooled, dw by tiles", "conv2d_backward_weight_tile", "(i < ph) & ", "", "rows not masked"],
  ["pooled, dw of few channels", "conv2d_backward_weight_few", "place == k", "true", "all win"],
  ["pooled, dw of few channels", "conv2d_backward_weight_few", " & (place < 4u)", "", "relu forgotten"],
]

const GEMMS: Mutation[] = [
  ["GEMM of conv2d", "conv2d_gemm", "value += b[o]", "value += b[row]", "the first block's bias for all"],
  ["GEMM of conv2d", "conv2d_gemm", "1u << p, top + p < params.h", "1u << p, true", "rows outside of x not masked"],
  ["GEMM of conv2d", "conv2d_gemm", "0x10000u << q, left + q < params.w", "0x10000u << q, true", "nor columns"],
  ["GEMM of conv2d", "conv2d_gemm", "if (mine >= columns) { inside = 0u; }", "inside |= 1u;", "row 0 always inside"],
  [
    "GEMM of conv2d",
    "conv2d_gemm",
    "& tap_bits[f]) == tap_bits[f]",
    "& tap_bits[f]) != vec4u(0u)",
    "a row or a column is enough",
  ],
  ["GEMM of conv2d", "conv2d_gemm", "pixel.w, sum[m * TN + n]", "pixel.w, 0.0", "missing accumulation"],
  ["GEMM of conv2d", "conv2d_gemm", "load_w(o, k + FOURS, depth)", "load_w(o, k, depth)", "a weight twice"],
  ["GEMM of conv2d", "conv2d_gemm", "params.ow * params.stride - params.padding;", "params.ow;", "no stride in rows"],
  [
    "GEMM of conv2d's dx",
    "conv2d_backward_input_gemm",
    "i * params.stride == bottom - p && ",
    "",
    "rests not left out",
  ],
  ["GEMM of conv2d's dx", "conv2d_backward_input_gemm", " && j < params.ow", "", "columns outside of dy not masked"],
  ["GEMM of conv2d's dx", "conv2d_backward_input_gemm", "- p / params.stride", "- p", "stride forgotten"],
  ["GEMM of conv2d's dx", "conv2d_backward_input_gemm", "o * params.c * (KH * KW)", "o * (KH * KW)", "o as c"],
  ["GEMM of conv2d's dx", "conv2d_backward_input_gemm", "given.z, sum[m * TN + n]", "given.z, 0.0", "not added up"],
  ["GEMM of conv2d's dw", "conv2d_backward_weight_gemm", "vec4f(1.0), tap == taps", "vec4f(0.0), tap == taps", "no db"],
  [
    "GEMM of conv2d's dw",
    "conv2d_backward_weight_gemm",
    "x_row[f] + down_by < vec4u(params.h)",
    "x_row[f] < vec4u(params.h)",
    "rows not masked",
  ],
  [
    "GEMM of conv2d's dw",
    "conv2d_backward_weight_gemm",
    "x_column[f] + right_by <",
    "x_column[f] <",
    "columns not masked",
  ],
  [
    "GEMM of conv2d's dw",
    "conv2d_backward_weight_gemm",
    "let n = k / pixels;",
    "let n = vec4u(0u);",
    "first image for all",
  ],
  ["GEMM of conv2d's dw", "conv2d_backward_weight_gemm", "i * params.stride) * params.w", "i) * params.w", "no stride"],
  ["GEMM of conv2d's dw", "conv2d_backward_weight_gemm", "k0 = split * share", "k0 = 0u", "the parts before, too"],
  [
    "GEMM of conv2d's dw",
    "conv2d_backward_weight_gemm",
    "given[m].x, pixel.x, sum",
    "given[m].x, pixel.y, sum",
    "a pixel twice",
  ],
  ["GEMM of conv2d's dw", "conv2d_backward_weight_sum_wide", "s += SHARES", "s += SIZE", "parts left out"],
  ["GEMM of conv2d's dw", "conv2d_backward_weight_sum_wide", "total += partial", "total = partial", "a share alone"],
  [
    "GEMM of conv2d's dw",
    "conv2d_backward_weight_sum_wide",
    "dw[element] = total",
    "dw[element] = sum",
    "a share alone",
  ],
  ["GEMM", "gemm", "value += bias[at]", "value += bias[column]", "the first block's bias for all"],
  [
    "GEMM",
    "gemm",
    "if (RELU) { value = select(value, 0.0, bitcast<i32>(value) <= MINUS_INFINITY); }",
    "",
    "without relu",
  ],
  ["GEMM", "gemm", "left[m].y, right.y", "left[m].y, right.x", "an element twice"],
  ["GEMM of rows", "gemm", " && k < params.k", "", "beyond the last product"],
  [
    "GEMM of transposes",
    "gemm",
    "k * params.m + m, A_TRANSPOSED",
    "m * params.k + k, A_TRANSPOSED",
    "A not transposed",
  ],
  [
    "GEMM of transposes",
    "gemm",
    "n * params.k + k, B_TRANSPOSED",
    "k * params.n + n, B_TRANSPOSED",
    "B not transposed",
  ],
  ["GEMM of a gradient", "gemm", "bitcast<u32>(gate[at]) != 0u", "true", "no gate"],
  ["GEMM of a gradient", "gemm", "1.0, ROWS && n == params.n", "1.0, false", "rows not added up"],
  ["GEMM of transposes", "gemm", "k0 += BK", "k0 += BK + BK", "every other step"],
]

const OPTIMISERS: Mutation[] = [
  ["SGD with Nesterov and weight decay", "sgd", "hyper.momentum * u[i] + g", "g", "no momentum"],
  ["SGD with Nesterov and weight decay", "sgd", "u[i] = u_new", "u[i] = g", "momentum not kept"],
  ["SGD with Nesterov and weight decay", "sgd", " + hyper.decay * p", "", "no weight decay"],
  ["SGD with Nesterov and weight decay", "sgd", "u_new, NESTEROV", "u_new, false", "no look ahead"],
  ["RMSprop with momentum and weight decay", "rmsprop", "hyper.rest * g * g", "hyper.rest * g", "no squares"],
  ["RMSprop with momentum and weight decay", "rmsprop", "v[i] = v_new", "v[i] = vec4f(0.0)", "squares not kept"],
  ["RMSprop with momentum and weight decay", "rmsprop", "u[i] = u_new", "u[i] = vec4f(0.0)", "momentum not kept"],
  ["RMSprop with momentum and weight decay", "rmsprop", "+ hyper.decay * p", "", "no weight decay"],
  ["RMSprop with momentum and weight decay", "rmsprop", "sqrt(v_new)", "v_new", "no root"],
  ["Adam with weight decay", "adam", "m[i] = m_new", "m[i] = g", "mean not kept"],
  ["Adam with weight decay", "adam", "hyper.rest2 * g * g", "hyper.rest1 * g * g", "the other beta"],
  ["Adam with weight decay", "adam", " * hyper.scale", "", "v not corrected"],
  ["Adam with weight decay", "adam", "g += hyper.decay * p", "p *= 1.0 - hyper.decay", "decay on p"],
  ["AdamW with weight decay", "adam", "p *= hyper.decay", "p *= 1.0", "no weight decay"],
  ["clip", "grad_norm_parts", "dot(grads[i], grads[i])", "dot(grads[i], vec4f(1.0))", "no squares"],
  ["clip", "grad_norm_parts", "total += squares[k]", "total = squares[k]", "missing accumulation over threads"],
  ["clip", "grad_norm_parts", "params.first + group.x", "group.x", "the second run over the first"],
  ["clip", "grad_norm", "sqrt(sum)", "sum", "no root"],
  ["clip", "grad_norm", "sum += parts[i]", "sum = parts[i]", "only the last part"],
  ["clip", "grad_scale", "params.limit / ", "1.0 / ", "limit ignored"],
]

const OTHERS: Mutation[] = [
  ["augment", "augment", "transform[t + 2u], transform[t + 1u]", "transform[t + 1u], transform[t + 2u]", "transposed"],
  ["augment", "augment", "(r == row) & (s == column)", "true", "the edge goes on outside"],
  ["augment", "augment", "/ params.c * 8u", "* 0u", "first image's transform for all"],
  ["augment", "augment", " + shift;", ";", "not shifted"],
  ["augment", "augment", "(extent - 1.0) * 0.5", "extent * 0.5", "centre half a pixel off"],
  ["augment", "augment", "mix(above, below, part.y)", "above", "nearest row"],
  ["augment", "augment", "select(params.black", "select(0.0", "black not normalised"],
  ["augment", "augment", "gain * mix", "mix", "contrast dropped"],
  ["augment", "augment", " + offset;", ";", "brightness dropped"],
  ["totals of 1", "add_to_totals", "f32(params.n) * loss[0]", "loss[0]", "sum of means instead of losses"],
  ["totals of 1", "add_to_totals", "totals[0] +=", "totals[0] =", "only the last batch's loss"],
  ["totals of 1", "add_to_totals", "totals[1] +=", "totals[1] =", "only the last batch's hits"],
  ["totals of 1", "add_to_totals", "logits[n] > 0.0", "logits[n] >= 0.0", "0 taken for a fracture"],
  ["totals of 3", "add_to_totals", "> logits[n * CLASSES + best]", ">= logits[n * CLASSES + best]", "last of equals"],
  ["totals of 3", "add_to_totals", "best = k;", "best = 0u;", "class 0 for all"],
  ["running", "batch_norm2d_statistics", "params.momentum * (average", "(average", "the last batch's mean alone"],
  ["running", "batch_norm2d_statistics", "m2 / (count - 1.0)", "m2 / params.momentum", "not divided by the count"],
  ["running", "batch_norm2d_statistics", "+ delta * delta * count * more / (count + more)", "", "slices not merged"],
  [
    "running",
    "batch_norm2d_statistics",
    "average += delta * more / (count + more)",
    "average = delta",
    "last slice's mean",
  ],
  ["running", "batch_norm2d_statistics", "batches[0] += 1.0", "batches[0] = 1.0", "batches not counted"],
  ["ones", "fill", "y[i] = params.value", "y[i] = 2.0 * params.value", "full of twos"],
  ["usedTwice", "copy", "y[i] = x[i]", "y[i] = 0.0", "nothing copied"],
]

const PRODUCTS: Mutation[] = [
  [
    "product by tiles: forward",
    "matmul_tile",
    "right[n * TK + k], sum[m * TN + n]",
    "right[n * TK + k], 0.0",
    "not added up",
  ],
  [
    "product by tiles: forward",
    "matmul_tile",
    "select(0u, 0xffffffffu, k0 + k < end)",
    "0xffffffffu",
    "k behind the last",
  ],
  ["product by tiles: forward", "matmul_tile", "subgroupShuffle(own[0u], l)", "own[0u]", "rows not handed round"],
  ["product by tiles: forward", "matmul_tile", "at_n * params.bias_n", "at_n * 0u", "the first bias for all"],
  [
    "product by tiles: forward",
    "matmul_tile",
    "select(value, 0.0, bitcast<i32>(value) <= MINUS_INFINITY)",
    "value",
    "without relu",
  ],
  ["product by tiles: forward, turned", "matmul_tile", "at_m * params.bias_m", "at_m * 0u", "the first bias for all"],
  ["product by tiles: forward in parts", "matmul_tile", "group.z * params.m * params.n + ", "", "parts in one place"],
  [
    "product by tiles: forward in parts",
    "matmul_tile",
    "var k0 = group.z * params.share",
    "var k0 = 0u",
    "from the start",
  ],
  ["product by tiles: forward in parts", "matmul_tile_sum", "sum += part", "sum = part", "only the last part"],
  ["product by tiles: forward in parts", "matmul_tile_sum", "e % params.columns", "0u", "the first bias for all"],
  ["product by tiles: forward in parts", "matmul_tile_sum", "RELU == 1u &&", "false &&", "without relu"],
  ["product by tiles: input", "matmul_tile", "bitcast<u32>(gate[row[s] + at * params.a_k]) == 0u", "false", "no gate"],
  ["product by tiles: weight", "matmul_tile", "row_sum[s] += own[0u]", "row_sum[s] = own[0u]", "only the last k"],
  ["product by tiles: weight", "matmul_tile", "= row_sum[s]; }", "= row_sum[0u]; }", "first rows only"],
]

const MAPS: Mutation[] = [
  ["Grad-CAM", "class_activation", "max(sum, 0.0)", "sum", "what speaks against the class, too"],
  ["Grad-CAM", "class_activation", "select(c, at", "select(c - first, at", "first image's weights for all"],
  ["Grad-CAM", "class_activation", "sum +=", "sum =", "the last channel alone"],
  ["LayerCAM", "class_activation", "if (LAYER)", "if (false)", "negative gradients, too"],
  ["LayerCAM", "class_activation", "max(sum, 0.0)", "sum", "what speaks against the class, too"],
  ["LayerCAM", "class_activation", "sum +=", "sum =", "the last channel alone"],
  ["LayerCAM", "class_activation", "/ params.pixels * params.c", "/ params.pixels", "channels of other images"],
  ["upsampling", "upsample", "(out + 0.5) * scale - 0.5", "out * scale", "half a cell off"],
  ["upsampling", "upsample", "vec2f(0.0), vec2f(size - 1u)", "vec2f(-9.0), vec2f(size)", "edges do not go on"],
  ["upsampling", "upsample", "above, below, part.x", "above, below, part.y", "rows by the column's part"],
  ["upsampling", "upsample", "high.y], part.y", "low.y], part.y", "nearest column"],
  ["upsampling", "upsample", "index / params.ow % params.oh", "index / params.ow", "first plane for all"],
  [
    "occlusion",
    "patch_means",
    "max(corner - i32(params.margin), vec2i(0))",
    "max(corner, vec2i(0))",
    "no margin above",
  ],
  ["occlusion", "patch_means", "params.side + params.margin", "params.side", "no margin below"],
  ["occlusion", "patch_means", "f32(size.x * size.y)", "f32(params.side * params.side)", "outside counted as black"],
  ["occlusion", "patch_means", "index % params.c *", "0u *", "first channel for all"],
  ["occlusion", "occlude", "value, hidden", "0.0, hidden", "black instead of the mean"],
  ["occlusion", "occlude", " && all(inside < vec2i(i32(params.side)))", "", "all below the corner hidden"],
  ["occlusion", "occlude", "all(inside >= vec2i(0)) && ", "", "all above the patch hidden"],
  ["occlusion", "occlude", "plane / params.c;", "0u;", "first patch for all"],
  ["occlusion", "occlude", "fill[plane]", "fill[p]", "another channel's mean"],
  ["occlusion map", "occlusion_map", " + params.overhang", "", "the overhang forgotten"],
  ["occlusion map", "occlusion_map", "sum += drop", "sum = drop", "the last patch alone"],
  ["occlusion map", "occlusion_map", " + params.stride - 1u", "", "a patch before the first"],
  ["occlusion map", "occlusion_map", " + 1u, params.count", ", params.count", "the last patch left out"],
  ["occlusion map", "occlusion_map", " / f32((rows.y - rows.x) * (columns.y - columns.x))", "", "a sum, no mean"],
]

const ALL = [...MAPS, ...PRODUCTS, ...TILES, ...DEPTHWISE, ...GEMMS, ...POOLED, ...OPTIMISERS, ...OTHERS]

describe("the checks of the kernels beyond gradients", () => {
  const tiled = (name: string) => /^(conv2d|pooled|product)/.test(name)
  const run = (name: string) => mutants.info.subgroupSize || !tiled(name)
  const names = Object.keys(CHECKS).filter(run)
  const mutations = ALL.filter(([check]) => run(check))

  it.each(names)("pass %s as it is", async (name) => {
    await CHECKS[name](mutants.gpu())
  })

  it.each(mutations)("of %s notice %s: '%s' -> '%s' (%s)", async (...mutation) => {
    await mutants.expectNoticed(CHECKS[mutation[0]], mutation)
  })
})
