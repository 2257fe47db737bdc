import { testShaderErrors } from "./shader_errors.ts"

await testShaderErrors({})
