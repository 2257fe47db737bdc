import { Conv2d, type Conv2dOptions } from "../layers/conv2d/conv2d.ts"
import { heNormalOut } from "../layers/init.ts"

/**
 * A convolution of torchvision's networks: padding keeps the size, but for the stride; no bias,
 * since the norm behind it has one.
 */
export const convolution = (from: number, to: number, kernel: number, options: Conv2dOptions = {}): Conv2d =>
  new Conv2d(from, to, { kernel, padding: (kernel - 1) / 2, bias: false, init: heNormalOut, ...options })
