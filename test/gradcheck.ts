/** The shared oracle of all op tests. It is part of the library, since whoever writes an op has to check it as well. */
export * from "../src/tensor/gradcheck.ts"
