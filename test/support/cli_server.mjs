/**
 * Runs commands of the built program one after the other in one process, for `cnn` of cli.ts: a new
 * process per command takes a second to load, and compiles the same kernels again.
 *
 * What a command would find in a new process it finds here: arguments, environment, working folder,
 * exit code. The device alone is kept, with its compiled kernels; its buffers go with the command.
 */
import { fileURLToPath } from "node:url"
import { globals } from "webgpu"
import { runTyped } from "../../dist/src/cli/command_line.js"
import { cacheWrites } from "../../dist/src/files/cached_file.js"

const MAIN = fileURLToPath(new URL("../../bin/cnn.mjs", import.meta.url))

const { GPUAdapter, GPUDevice } = globals
const { requestDevice } = GPUAdapter.prototype
const { createShaderModule, createBuffer, destroy } = GPUDevice.prototype
const devices = new Map()

/** A device as a new process would open it; what its switches depend on tells it from others. */
GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const { CNN_DEBUG, CNN_EXACT, CNN_ADAPTER } = process.env
  const key = JSON.stringify([
    descriptor,
    CNN_DEBUG,
    CNN_EXACT,
    CNN_ADAPTER,
    process.argv.slice(2).filter((arg) => arg.startsWith("--exact")),
  ])
  const known = devices.get(key)
  if (known) return known
  const device = kept(await requestDevice.call(this, descriptor))
  devices.set(key, device)
  device.lost.then(() => devices.delete(key))
  return device
}

function kept(device) {
  const [codes, pipelines, buffers] = [new WeakMap(), new Map(), new Set()]
  device.createShaderModule = (descriptor) => {
    const module = createShaderModule.call(device, descriptor)
    codes.set(module, descriptor.code)
    return module
  }
  for (const name of ["createComputePipeline", "createComputePipelineAsync"]) {
    const create = GPUDevice.prototype[name]
    device[name] = (descriptor) => {
      const key = `${descriptor.label}\0${codes.get(descriptor.compute.module)}`
      const known = pipelines.get(key)
      if (known) return name.endsWith("Async") ? Promise.resolve(known) : known
      const made = create.call(device, descriptor)
      if (name.endsWith("Async")) made.then((pipeline) => pipelines.set(key, pipeline)).catch(() => {})
      else pipelines.set(key, made)
      return made
    }
  }
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer.call(device, descriptor)
    buffers.add(buffer)
    return buffer
  }
  device.destroy = () => {
    for (const buffer of buffers) buffer.destroy()
    buffers.clear()
  }
  process.once("exit", () => destroy.call(device))
  return device
}

const said = { stdout: "", stderr: "" }
for (const name of ["stdout", "stderr"])
  process[name].write = (chunk, encoding, done) => {
    said[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString()
    const called = typeof encoding === "function" ? encoding : done
    if (called) process.nextTick(called)
    return true
  }

async function run({ args, env, cwd }) {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
  process.chdir(cwd)
  process.argv = [process.execPath, MAIN, ...args]
  process.exitCode = undefined
  Object.assign(said, { stdout: "", stderr: "" })
  Object.assign(cacheWrites, { bytes: 0, error: undefined })
  await runTyped(args)
  const code = process.exitCode ?? 0
  process.exitCode = undefined
  return { code, ...said }
}

let last = Promise.resolve()
process.on("message", ({ id, ...command }) => {
  last = last.then(async () => process.send({ id, ...(await run(command)) }))
})
process.on("disconnect", () => process.exit())
