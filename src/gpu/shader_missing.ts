/** What is said where a kernel is asked for that is not there. */
export const shaderMissing = (name: string, names: readonly string[]): Error =>
  new Error(`No shader is called "${name}". There are: ${names.join(", ")}`)
