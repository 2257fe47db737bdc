/** Kernels broken on purpose: who checks the checks? */
import { afterAll, describe, expect, it } from "vitest"
import { openDevice } from "#device"
import { type Case, gradcheck } from "../../bench/reference/gradcheck.ts"
import { TensorGpu } from "../../src/tensor/tensor_gpu.ts"

/**
 * A check, the kernel to break, what to look for there, what to put in its place, and what that
 * means.
 */
export type Mutation = [check: string, kernel: string, from: string, to: string, meaning: string]

/**
 * One device for a test file, closed after its last test.
 *
 * @param subgroups false to leave kernels out that want them
 */
export async function openForMutants(subgroups?: boolean) {
  // With robustness on: a broken index must not reach into the memory of others.
  const open = await openDevice({ exact: true })
  afterAll(() => open.release())
  // As on a software adapter, so that the same kernels are broken on every one.
  const found = { ...open.info, kind: "software" as const }
  const info = subgroups === false ? { ...found, subgroups, subgroupSize: 0 } : found

  /** A Gpu whose shaders go through `mutate`; `used` fills with the names of those it reads. */
  const gpuWith = (mutate: (name: string, code: string) => string, used = new Set<string>()): TensorGpu => {
    const shader = (name: string) => {
      used.add(name)
      return mutate(name, open.shader(name))
    }
    return new TensorGpu({ ...open, info, shader })
  }

  return {
    info,
    gpu: () => gpuWith((_, code) => code),

    /**
     * Fails unless the check, which passes as it is, notices the mutation; also where the text or
     * the kernel is not there.
     */
    async expectNoticed(check: (gpu: TensorGpu) => Promise<unknown>, [, kernel, from, to]: Mutation): Promise<void> {
      expect(open.shader(kernel)).toContain(from)
      const used = new Set<string>()
      const gpu = gpuWith((name, code) => (name === kernel ? code.replaceAll(from, to) : code), used)
      // The check's own words: a mutant that does not even compile proves nothing.
      await expect(check(gpu)).rejects.toThrow("the float64 reference says")
      expect(used).toContain(kernel)
    },
  }
}

/** A gradient check by its name. */
type Cases = Record<string, Omit<Case, "name" | "terms"> & { terms?: number }>

/**
 * Declares a test for each gradient check, which must pass as it is, and for each mutation, which
 * the check that it names must notice. A mutation that no longer fits the kernel's text fails, and
 * so does one of a kernel that its check does not run.
 */
export async function describeMutants(cases: Cases, mutations: readonly Mutation[]): Promise<void> {
  // They say nothing about a driver: test/drivers runs the rest of the file on three of them.
  if (process.env.CNN_TEST_DRIVER) return
  // The plain kernels, those that every adapter can run.
  const mutants = await openForMutants(false)
  const check = (gpu: TensorGpu, name: string) => gradcheck(gpu, { terms: 1, ...cases[name], name })

  describe("the gradient check", () => {
    it.each(Object.keys(cases))("passes %s as it is", async (name) => {
      await check(mutants.gpu(), name)
    })

    it.each(mutations)("of %s notices %s: '%s' -> '%s' (%s)", async (...mutation) => {
      await mutants.expectNoticed((gpu) => check(gpu, mutation[0]), mutation)
    })
  })
}
