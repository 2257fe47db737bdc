/** The tests of ops and layers alone, on the adapter that CNN_ADAPTER names. */
import { defineConfig, mergeConfig } from "vitest/config"
import suite from "../../vitest.config.ts"
import { driverTests } from "./files.ts"

const config = mergeConfig(suite, defineConfig({}))
config.test.include = driverTests()
export default config
