/** The error for a kernel that neither the program nor a layer of the user's own has. */
export function kernelMissing(name: string, own: readonly string[]): Error {
  return new Error(
    `No kernel is called "${name}". The kernels() of your own layers have ${own.join(", ")}. ` +
      "To list the built-in ones: npx cnn shaders",
  )
}

/** The error for a kernel that the program does not have. */
export class ShaderMissing extends Error {
  constructor(name: string, names: readonly string[]) {
    super(`No shader is called "${name}". There are: ${names.join(", ")}`)
  }
}
