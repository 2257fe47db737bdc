import { createHash } from "node:crypto"

/** SHA-256 of the parts, one after another, in 64 hexadecimal digits. */
export const sha256 = (...parts: (string | Uint8Array)[]): string => sha256Of(parts)

/** The same, where not all parts need be in memory at once. */
export function sha256Of(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest("hex")
}
