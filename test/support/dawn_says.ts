/**
 * What Dawn writes to stderr when it finds lavapipe, whose limits it lowers; no program can stop
 * it. https://dawn.googlesource.com/dawn/+/refs/heads/main/src/dawn/native/Limits.cpp
 */
const LIMITS = /^Warning: max\w+ artificially reduced from .*\n/gm

/** Without that. */
export const withoutDawns = (stderr: string): string => stderr.replaceAll(LIMITS, "")
