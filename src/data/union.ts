/** Sets that grow together: each of 0 .. n-1 alone at first. */
export class Union {
  readonly #parent: Int32Array

  constructor(n: number) {
    this.#parent = Int32Array.from({ length: n }, (_, i) => i)
  }

  /** The smallest member of i's set. */
  root(i: number): number {
    while (this.#parent[i] !== i) {
      this.#parent[i] = this.#parent[this.#parent[i]]
      i = this.#parent[i]
    }
    return i
  }

  /** @returns whether they were apart */
  join(i: number, j: number): boolean {
    const [a, b] = [this.root(i), this.root(j)]
    if (a === b) return false
    this.#parent[Math.max(a, b)] = Math.min(a, b)
    return true
  }

  /** All sets of two and more, each ascending. */
  sets(): number[][] {
    const members = new Map<number, number[]>()
    for (let i = 0; i < this.#parent.length; i++) {
      const root = this.root(i)
      const set = members.get(root)
      if (set) set.push(i)
      else members.set(root, [i])
    }
    return [...members.values()].filter((set) => set.length > 1)
  }
}
