/** A user's program in TypeScript, which .ci/pack compiles against the installed package. */
import { Conv2d, openGpu, type Tensor } from "cnn"

const gpu = await openGpu()
const x = gpu.tensor([1, 1, 4, 4], new Float32Array(16))
export const y: Tensor = new Conv2d(1, 2, { kernel: 3 }).to(gpu).forward(x)
export const device: GPUDevice = gpu.device
// @ts-expect-error A kernel is a number; were this no error, everything would be of type any.
export const wrong = new Conv2d(1, 2, { kernel: "3" })
