/** Files dropped anywhere on the page are taken, instead of being opened in its place. */

/** @param take is given what was dropped */
export function dropAnywhere(take: (files: File[]) => void): void {
  const over = (isOver: boolean) => document.body.classList.toggle("over", isOver)
  addEventListener("dragover", (event) => {
    event.preventDefault()
    over(true)
  })
  addEventListener("dragleave", () => over(false))
  addEventListener("drop", (event) => {
    event.preventDefault()
    over(false)
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length > 0) take(files)
  })
}
