import { afterAll, describe, expect, it } from "vitest"
import { openDevice } from "#device"
import { conv2d, Dense, Module, relu, Sequential, sigmoid, sum, type Tensor } from "../../src/index.ts"
import { op } from "../../src/tensor/tape.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import { narrow } from "../support/narrow.ts"
import { allSaid } from "../support/open.ts"

const open = await openDevice()
afterAll(() => open.release())

describe("gpu.run", () => {
  const gpu = new TensorGpu(open)
  const x = () => gpu.tensor([3], [1, 2, 3])

  it("refuses wrong names and prints both lists", () => {
    const declares = "relu: the shader declares tensors x, y and params n; it was given tensors "
    expect(() => gpu.run("relu", { x: x(), out: x() }, { n: 3 }, [3])).toThrow(`${declares}x, out and params n`)
    expect(() => gpu.run("relu", { x: x(), y: x() }, { size: 3 }, [3])).toThrow(`${declares}x, y and params size`)
    expect(() => gpu.run("relu", { x: x(), y: x(), z: x() }, { n: 3 }, [3])).toThrow(`${declares}x, y, z and params n`)
    expect(() => gpu.run("relu", { x: x(), y: x() }, {}, [3])).toThrow(`${declares}x, y and params none`)
  })

  it("refuses a shader or a const that there is not, and says which there are", () => {
    expect(() => gpu.run("no_such", {}, {}, [1])).toThrow(/No shader is called "no_such". There are: .*relu/)
    expect(() => gpu.run("relu", { x: x(), y: x() }, { n: 3 }, [3], { TILE: 8 })).toThrow(
      "relu.wgsl: no const TILE; it declares SIZE",
    )
  })
})

describe("a kernel of the user's own", () => {
  const gpu = new TensorGpu(open)
  gpu.addKernel("own_halve", "@compute @workgroup_size(64) fn main() {}")

  it.each(["own_halv", "rleu"])("%s: the message for a mistyped name lists one's own", (name) => {
    expect(() => gpu.run(name, {}, {}, [1])).toThrow(
      `No kernel is called "${name}". The kernels() of your own layers have own_halve. To list the built-in ones: npx cnn shaders`,
    )
  })

  it("with a syntax error is named with its layer", () => {
    class Own extends Module {
      override forward(x: Tensor) {
        return x
      }
      override kernels() {
        return { broken: "@compute @workgroup_size(64)\nfn main() { let a = (1; }" }
      }
    }
    expect(() => new Sequential(new Own()).to(gpu)).toThrow(
      /^layer 0 \(Own\): addKernel: kernel "broken": Expected '\)'\. Line: 2/,
    )
  })
})

describe("a buffer over the adapter's limit", () => {
  const gpuWith = (limits: Record<string, number>) => new TensorGpu({ ...open, device: narrow(open.device, limits) })
  const LIMIT = 2 ** 16
  const allowed = (limit: string) =>
    `bytes, this adapter allows 65,536 in one (${limit}); use a smaller batch, image or network`

  it.each(["maxBufferSize", "maxStorageBufferBindingSize"])("is refused with the op's name and %s", (limit) => {
    const gpu = gpuWith({ [limit]: LIMIT })
    const [x, w] = [gpu.ones([1, 1, 64, 64]), gpu.ones([8, 1, 1, 1])]
    const { buffers } = gpu.arena
    expect(() => conv2d(x, w)).toThrow(`conv2d: no buffer for a tensor [1,8,64,64]: 131,072 ${allowed(limit)}`)
    expect(() => gpu.empty([2 ** 14 + 1])).toThrow(`no buffer for a tensor [16385]: 65,540 ${allowed(limit)}`)
    expect(gpu.arena.buffers).toBe(buffers)
    expect(gpu.empty([2 ** 14]).size).toBe(2 ** 14)
  })

  it("is refused in a backward and for a network's parameters, too", () => {
    const gpu = gpuWith({ maxBufferSize: LIMIT })
    const wide = op("wide", {
      forward: (x: Tensor) => x.gpu.ones(x.shape),
      backward: (_dy, _y, x) => [x.gpu.empty([2, 2 ** 15])],
    })
    expect(() => wide(gpu.tensor([1], [1])).backward()).toThrow(
      `wide, backward: no buffer for a tensor [2,32768]: 262,144 ${allowed("maxBufferSize")}`,
    )
    expect(() => new Dense(256, 128).to(gpu)).toThrow(`no buffer for parameters: 131,584 ${allowed("maxBufferSize")}`)
  })
})

const body = (gpu: TensorGpu) => () => void sum(sigmoid(relu(gpu.tensor([3], [1, 2, 3])))).backward()

describe("gpu.compile", () => {
  const kernels = ["fill", "relu", "relu_backward_input", "sigmoid", "sigmoid_backward_input", "sum"]

  it("compiles what is not compiled yet, runs nothing, and tells of each that is ready", async () => {
    const gpu = new TensorGpu(open)
    relu(gpu.tensor([3], [1, 2, 3]))
    gpu.endStep()
    const { dispatches } = gpu.counters
    const told: number[][] = []
    const compiled = await gpu.compile(body(gpu), (done, total) => told.push([done, total]))
    expect(compiled.map(({ kernel }) => kernel.split(" ")[0])).toEqual(expect.arrayContaining(kernels.slice(2)))
    expect(compiled).not.toContain("relu")
    expect(told).toEqual(compiled.map((_, i) => [i + 1, compiled.length]))
    expect(gpu.counters.dispatches).toBe(dispatches)
    expect(gpu.counters.pipelines).toBe(1 + compiled.length)
  })

  it("prepares each kernel in a turn of its own, so that timers and input are served in between", async () => {
    let turn = 0
    const turns: number[] = []
    const shader = (name: string) => {
      turns.push(turn)
      return open.shader(name)
    }
    const gpu = new TensorGpu({ ...open, shader })
    let waiting = setTimeout(function count() {
      turn++
      waiting = setTimeout(count)
    })
    const compiled = await gpu.compile(body(gpu))
    clearTimeout(waiting)
    // What the kernels declare is read at once, to plan.
    const [planned, prepared] = [turns.slice(0, compiled.length), turns.slice(compiled.length)]
    expect(new Set(planned)).toEqual(new Set([0]))
    expect(prepared.length).toBe(compiled.length)
    expect(new Set(prepared).size).toBe(compiled.length)
  })

  it("does not go on planning where the body throws", async () => {
    const gpu = new TensorGpu(open)
    const broken = gpu.compile(() => {
      relu(gpu.tensor([3], [1, 2, 3]))
      throw new Error("inside")
    })
    await expect(broken).rejects.toThrow("inside")
    expect(gpu.planning).toBe(false)
    expect([...(await relu(gpu.tensor([3], [-1, 2, -3])).read())]).toEqual([0, 2, 0])
    expect((await gpu.compile(body(gpu))).map(({ kernel }) => kernel.split(" ")[0])).not.toContain("relu")
  })

  it("fails once, with the kernel's name, where several do not compile", async () => {
    const shader = (name: string) => open.shader(name).replace("params.n", "params.count")
    const gpu = new TensorGpu({ ...open, shader })
    await expect(gpu.compile(body(gpu))).rejects.toThrow(/^(relu|sigmoid)\.wgsl:\d+:\d+: error: /)
    await allSaid(open)
  })
})

describe("the time that compiling took", () => {
  it("is told of each pipeline, however it came to be, and comes to no more than all took", async () => {
    const gpu = new TensorGpu(open)
    relu(gpu.tensor([3], [1, 2, 3]))
    const [first] = gpu.compiled
    expect(gpu.compiled).toEqual([{ kernel: "relu", milliseconds: first.milliseconds }])
    const started = performance.now()
    const compiled = await gpu.compile(body(gpu))
    const took = performance.now() - started
    expect(gpu.compiled).toEqual([first, ...compiled])
    expect(compiled.map(({ kernel }) => kernel)).toContain("sum BLOCK=4096")
    expect(compiled.every(({ milliseconds }) => milliseconds >= 0)).toBe(true)
    const total = compiled.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    expect(total).toBeGreaterThan(0)
    expect(total).toBeLessThanOrEqual(took)
    gpu.endStep()
  })

  it("leaves the first step with every pipeline that it wants, and with nothing computed", async () => {
    const gpu = new TensorGpu(open)
    const y = gpu.persistent([3], [7, 7, 7])
    const step = () => gpu.run("relu", { x: gpu.tensor([3], [1, 2, -3]), y }, { n: 3 }, [3])
    await gpu.compile(step)
    expect([...(await y.read())]).toEqual([7, 7, 7])
    const { dispatches, pipelines } = gpu.counters
    expect(dispatches).toBe(0)
    step()
    expect([...(await y.read())]).toEqual([1, 2, 0])
    expect(gpu.counters).toMatchObject({ dispatches: 1, pipelines })
  })
})

it("a trace on an adapter without timestamps is refused by name", () => {
  const device = new Proxy(open.device, {
    get(target, key) {
      const value = key === "features" ? new Set() : Reflect.get(target, key, target)
      return typeof value === "function" ? value.bind(target) : value
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
  expect(() => new TensorGpu({ ...open, device }).startTrace()).toThrow(
    `${open.info.name} has no timestamps (timestamp-query), so its kernels cannot be timed`,
  )
})

describe.runIf(open.device.features.has("timestamp-query"))("a trace", () => {
  it("has the time of each dispatch since the last one, and changes no result", async () => {
    const gpu = new TensorGpu(open)
    const x = gpu.tensor([1000], new Float32Array(1000).fill(-2))
    relu(x)
    expect(await gpu.takeTrace()).toEqual([])
    gpu.startTrace()
    const y = sigmoid(relu(x))
    expect((await y.read()).every((value) => value === 0.5)).toBe(true)
    const trace = await gpu.takeTrace()
    expect(trace.map(({ kernel }) => kernel)).toEqual(["relu", "sigmoid"])
    expect(trace.every(({ threads }) => threads.length === 1 && threads[0] <= 1000)).toBe(true)
    expect(trace.every(({ milliseconds }) => milliseconds >= 0 && milliseconds < 10_000)).toBe(true)
    expect(await gpu.takeTrace()).toEqual([])
  })

  it("can be stopped, and started again", async () => {
    const gpu = new TensorGpu(open)
    const x = gpu.tensor([10], new Float32Array(10))
    gpu.startTrace()
    relu(x)
    gpu.stopTrace()
    relu(x)
    expect(await gpu.takeTrace()).toEqual([])
    gpu.startTrace()
    expect([...(await sigmoid(x).read())]).toEqual(new Array(10).fill(0.5))
    expect((await gpu.takeTrace()).map(({ kernel }) => kernel)).toEqual(["sigmoid"])
    gpu.endStep()
  })

  it("takes another query set if one is full, and uses both again", async () => {
    const gpu = new TensorGpu(open)
    gpu.startTrace()
    for (let turn = 0; turn < 2; turn++) {
      let y = gpu.tensor([1], [1])
      for (let i = 0; i < 2050; i++) y = relu(y)
      expect([...(await sum(y).read())]).toEqual([1])
      const trace = await gpu.takeTrace()
      expect(trace.map(({ kernel }) => kernel)).toEqual([...Array(2050).fill("relu"), "sum"])
      expect(trace.every(({ milliseconds }) => milliseconds >= 0 && milliseconds < 10_000)).toBe(true)
      gpu.endStep()
    }
  })
})
