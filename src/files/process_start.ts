import { readFileSync } from "node:fs"

/**
 * When a process was started, in a form that tells it from a later one with the same number: the
 * machine's boot and the clock ticks since then. Linux only, null elsewhere and for a process that
 * is gone or only waits to be collected.
 *
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The name stands in parentheses and may hold anything; the state is the third field, the start
    // the 22nd.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const [state, start] = [fields[0], fields[19]]
    if (state === "Z" || state === "X") return null
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${start}`
  } catch {
    return null
  }
}
