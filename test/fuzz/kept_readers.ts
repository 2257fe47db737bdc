/**
 * What is kept for later: checkpoints, weights that are used again, and both caches, each damaged.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { readdir } from "node:fs/promises"
import path from "node:path"
import fc from "fast-check"
import { AuditCache } from "../../src/audit/audit_cache.ts"
import type { Measured } from "../../src/audit/examine.ts"
import { imageCache } from "../../src/data/image_cache.ts"
import { sha256 } from "../../src/files/sha256.ts"
import { readCheckpoint, writeCheckpoint } from "../../src/run/checkpoint_file.ts"
import { Predictor } from "../../src/run/predictor.ts"
import type { TensorGpu } from "../../src/tensor/tensor_gpu.ts"
import type { FoldState } from "../../src/train/fold_state.ts"
import { mutated, mutatedJson } from "./hostile_values.ts"
import { type Reader, reader } from "./readers.ts"

/** @param run a run folder that came to its end, @param folder for what is damaged */
export async function keptReaders(run: string, folder: string, gpu: TensorGpu): Promise<Reader[]> {
  // The first answer waits for kernels to be compiled.
  await Predictor.open(gpu, path.join(run, "fold-0.safetensors")).predict(new Uint8Array(16 ** 2))
  return [checkpointReader(folder), weightsReader(run, folder, gpu), ...(await cacheReaders(folder))]
}

const STATE = {
  ...{ repeat: 0, fold: 1, epoch: 2, done: 3, sums: [1, 2], seconds: 1, history: [], best: null, dropouts: [] },
  weights: new Map([["0.weight", { shape: [2], data: new Float32Array([1, 2]) }]]),
  optimizer: { steps: 4, states: { m: [new Float32Array(2)] } },
} as unknown as FoldState

/** Damaged files, and manifests that are something else under a right checksum. */
function checkpointReader(folder: string): Reader {
  const files = { manifest: path.join(folder, "000001.json"), tensors: path.join(folder, "000001.safetensors") }
  writeCheckpoint(files, STATE, "run")
  const manifest = readFileSync(files.manifest)
  const tensors = readFileSync(files.tensors)
  const { body } = JSON.parse(manifest.toString())
  const inputs = fc.oneof(
    mutated([manifest]).map((bytes) => ({ manifest: bytes, tensors })),
    mutated([tensors]).map((bytes) => ({ manifest, tensors: bytes })),
    mutatedJson(body).map((text) => {
      return { manifest: Buffer.from(`{"sha256":"${sha256(text)}","body":${text}}\n`), tensors }
    }),
    fc.constant({ manifest, tensors }),
  )
  return reader({
    ...{ name: "checkpoints", few: 200, inputs, says: /000001\.(json|safetensors)/ },
    read: (input) => {
      writeFileSync(files.tensors, input.tensors)
      writeFileSync(files.manifest, input.manifest)
      return readCheckpoint(files, "run")
    },
  })
}

/** As `cnn predict` uses them, up to an answer. */
function weightsReader(run: string, folder: string, gpu: TensorGpu): Reader {
  const file = path.join(folder, "fold-0-used.safetensors")
  const bytes = readFileSync(path.join(run, "fold-0.safetensors"))
  return reader({
    ...{ name: "weights to answers", few: 20, inputs: mutated([bytes]), says: /fold-0-used/ },
    read: async (input) => {
      writeFileSync(file, input)
      const predictor = Predictor.open(gpu, file)
      const [{ probabilities }] = await predictor.predict(new Uint8Array(predictor.size ** 2))
      if (probabilities.length !== predictor.classes.length) throw new TypeError("an answer for other classes")
    },
  })
}

/** A damaged entry counts as none: what comes back is what was put in, or nothing. */
async function cacheReaders(folder: string): Promise<Reader[]> {
  const hash = sha256(new Uint8Array(4))
  const pixels = Uint8Array.from({ length: 64 }, (_, i) => i)
  imageCache(folder, 8).set(hash, pixels)
  const audits = new AuditCache(folder)
  const measured = { files: [1, 2], text: "x" } as unknown as Measured
  audits.set(["a"], measured)
  const image = await fileBelow(path.join(folder, "images"))
  const audit = await fileBelow(path.join(folder, "audit"))
  const same = (found: unknown, put: unknown) => {
    if (found !== undefined && JSON.stringify(found) !== JSON.stringify(put)) throw new TypeError("something else")
  }
  const kept = (name: string, file: string, get: () => Promise<unknown>, put: unknown) =>
    reader({
      ...{ name, few: 200, inputs: mutated([readFileSync(file)]), says: /never/ },
      read: async (bytes) => {
        writeFileSync(file, bytes)
        same(await get(), put)
      },
    })
  return [
    kept("cache of images", image, async () => (await imageCache(folder, 8).get(hash))?.join(), pixels.join()),
    kept("cache of audits", audit, () => audits.get(["a"]), measured),
  ]
}

async function fileBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found = entries.find((entry) => entry.isFile())!
  return path.join(found.parentPath, found.name)
}
