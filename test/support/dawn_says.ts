/**
 * What Dawn and the drivers that it looks at write to stderr; no program can stop them. Lavapipe,
 * whose limits Dawn lowers: https://dawn.googlesource.com/dawn/+/refs/heads/main/src/dawn/native/Limits.cpp
 * Mesa without a desktop; and Debian 12's lavapipe, which Dawn refuses.
 */
const LINES = [
  /^Warning: max\w+ artificially reduced from .*\n/gm,
  /^error: XDG_RUNTIME_DIR is invalid or not set in the environment\.\n/gm,
  /^Warning: Vulkan .* required\.\n - While initializing adapter .*\n +at InitializeImpl .*\n\n?/gm,
]

/** Without that. */
export const withoutDawns = (stderr: string): string => LINES.reduce((text, line) => text.replaceAll(line, ""), stderr)
