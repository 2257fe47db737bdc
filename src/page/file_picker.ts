/** A place to open files by a button, by the keyboard, or by dropping them on it. */
import { el } from "./dom.ts"

export class FilePicker {
  readonly element: HTMLElement

  /**
   * @param accept as an input takes it
   * @param take is given what was chosen or dropped
   */
  constructor(name: string, hint: string, accept: string, take: (files: File[]) => void) {
    const input = el("input", { type: "file", multiple: true, accept })
    input.addEventListener("change", () => {
      take([...(input.files ?? [])])
      // So that the same file can be chosen again.
      input.value = ""
    })
    this.element = el("label", { className: "picker" }, el("strong", {}, name), " ", el("span", {}, hint), input)
    this.element.addEventListener("dragover", (event) => {
      event.preventDefault()
      this.element.classList.add("over")
    })
    for (const end of ["dragleave", "drop"])
      this.element.addEventListener(end, () => this.element.classList.remove("over"))
    this.element.addEventListener("drop", (event) => {
      event.preventDefault()
      take([...(event.dataTransfer?.files ?? [])])
    })
  }
}
