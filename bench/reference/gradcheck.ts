/**
 * The shared oracle of all op tests. It is part of the library, since whoever writes an op has to
 * check it as well.
 */
import { observeComparisons } from "../../src/tensor/gradcheck.ts"
import { noteDifference } from "./differences.ts"

export * from "../../src/tensor/gradcheck.ts"

// How far each driver is from float64 is known from the tests themselves.
observeComparisons(noteDifference)
