/** One process at a time in a folder; and files that are written whole or not at all. */
import { spawn } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { FolderLock } from "../../src/files/folder_lock.ts"
import { refuseFull } from "../../src/files/folders.ts"
import { processStart } from "../../src/files/process_start.ts"
import { removeParts, writeWhole } from "../../src/files/write_whole.ts"
import { tempFolder } from "../support/temp_folder.ts"

const onLinux = it.skipIf(process.platform !== "linux")

/** The number of a process that was and is no more. */
function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""])
  return new Promise((resolve) => child.on("close", () => resolve(child.pid!)))
}

describe("the lock of a folder", () => {
  const holder = (pid: number, start: string | null, host = hostname()) => JSON.stringify({ pid, start, host })

  it("keeps a second one out until it is released, and is no file of the run", async () => {
    const folder = await tempFolder()
    const lock = FolderLock.take(folder)
    expect(readdirSync(folder)).toEqual(["lock.json"])
    refuseFull(folder)
    expect(() => FolderLock.take(folder)).toThrow(
      `${folder}: process ${process.pid} is writing into this folder. Wait until it has ended, or end it; ` +
        `if there is no such process any more, remove ${path.join(folder, "lock.json")}.`,
    )
    lock.release()
    lock.release()
    expect(readdirSync(folder)).toEqual([])
    FolderLock.take(folder).release()
  })

  it("is taken over from a process that is dead, and where nothing can be read in it", async () => {
    for (const content of [holder(await deadProcess(), null), "", "{}", "no JSON"]) {
      const folder = await tempFolder({ "lock.json": content })
      FolderLock.take(folder).release()
      expect(readdirSync(folder)).toEqual([])
    }
  })

  onLinux("is taken over where another process has the number since", async () => {
    expect(processStart(process.pid)).toMatch(/^[0-9a-f-]{36} \d+$/)
    const folder = await tempFolder({ "lock.json": holder(process.pid, "another boot 1") })
    FolderLock.take(folder).release()
    expect(readdirSync(folder)).toEqual([])
  })

  it("is believed where it is of another machine, and that is named", async () => {
    const folder = await tempFolder({ "lock.json": holder(await deadProcess(), null, "elsewhere") })
    expect(() => FolderLock.take(folder)).toThrow(/process \d+ on elsewhere is writing/)
  })

  it("is refused where something else lies there, which stays", async () => {
    const dangling = await tempFolder()
    symlinkSync("nowhere", path.join(dangling, "lock.json"))
    expect(() => FolderLock.take(dangling)).toThrow(
      `${path.join(dangling, "lock.json")}: is no plain file; expected the file that says which process writes`,
    )
    const full = await tempFolder()
    mkdirSync(path.join(full, "lock.json"))
    expect(() => FolderLock.take(full)).toThrow(/lock\.json: is a folder; expected .* remove .*lock\.json\.$/)
    expect([dangling, full].map((folder) => readdirSync(folder))).toEqual([["lock.json"], ["lock.json"]])
  })

  it("that cannot be removed any more does not keep its process from ending", async () => {
    const folder = await tempFolder()
    const lock = FolderLock.take(folder)
    rmSync(lock.file)
    mkdirSync(lock.file)
    expect(() => lock.release()).not.toThrow()
  })

  it("of somebody who took over is not removed", async () => {
    const folder = await tempFolder()
    const lock = FolderLock.take(folder)
    writeFileSync(lock.file, holder(1, null, "elsewhere"))
    lock.release()
    expect(readdirSync(folder)).toEqual(["lock.json"])
  })
})

describe("a file that is written whole", () => {
  onLinux("is the former one still where the disk is full, and no part is left", async () => {
    const folder = await tempFolder({ "a.json": "old" })
    const file = path.join(folder, "a.json")
    // Every write to this device fails as on a full disk.
    symlinkSync("/dev/full", `${file}.${process.pid}.part`)
    expect(() => writeWhole(file, "new")).toThrow(
      `${file}: cannot be written: the disk is full. Free some space (ENOSPC).`,
    )
    expect(readFileSync(file, "utf8")).toBe("old")
    expect(readdirSync(folder)).toEqual(["a.json"])
  })

  it("names its folder where that is gone", async () => {
    const file = path.join(await tempFolder(), "gone", "a.json")
    expect(() => writeWhole(file, "new")).toThrow(`${file}: cannot be written: there is no such folder.`)
  })

  it("leaves parts when its process is killed, which count for nothing and are removed", async () => {
    const folder = await tempFolder({ "a.json.123.part": "begun", "b.part": "somebody's", "film.zip.001.part": "" })
    mkdirSync(path.join(folder, "checkpoints.123.part"))
    mkdirSync(path.join(folder, "a.json.1.part"))
    removeParts(folder)
    expect(readdirSync(folder).sort()).toEqual(["a.json.1.part", "b.part", "film.zip.001.part"])
    refuseFull(await tempFolder({ "a.json.123.part": "begun" }))
    rmSync(path.join(folder, "a.json.1.part"), { recursive: true })
    expect(() => refuseFull(folder)).toThrow(/holds 2 files already/)
  })
})
