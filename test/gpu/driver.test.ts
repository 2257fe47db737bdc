/** On another driver the tests must not run unnoticed on the usual one. */
import { expect, it } from "vitest"
import { openForTests } from "../support/open.ts"

const gpu = await openForTests()
const wanted = process.env.CNN_TEST_DRIVER

it.runIf(wanted)("runs on the driver that CNN_TEST_DRIVER names", () => {
  expect(gpu.adapter.name.toLowerCase()).toContain(wanted)
})
