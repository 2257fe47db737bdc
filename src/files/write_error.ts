/** What the system's codes mean to somebody who wants a file written. */
const REASONS: Record<string, string> = {
  ENOSPC: "the disk is full. Free some space",
  EDQUOT: "your quota is used up. Free some space",
  EROFS: "the disk is mounted read-only. Name a folder that can be written, or mount it writable",
  EACCES: "you may not write there. Change the folder's permissions, or name another",
  EPERM: "you may not write there. Change the folder's permissions, or name another",
  ENOENT: "there is no such folder. Make it, or name another; if there was one, it was removed or renamed meanwhile",
  EFBIG: "the file would be larger than is allowed here",
  EIO: "the disk reports an error",
}

/**
 * What kept a file from being written, with its name and what to do; an unknown reason as the
 * system has it.
 */
class WriteError extends Error {
  readonly code: string

  constructor(file: string, code: string, cause: unknown) {
    super(`${file}: cannot be written: ${REASONS[code]} (${code}).`, { cause })
    this.code = code
  }
}

export function writeError(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  return code !== undefined && Object.hasOwn(REASONS, code) ? new WriteError(file, code, error) : error
}
