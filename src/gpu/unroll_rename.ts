/**
 * Static single assignment for array elements with constant indices: within a run of plain
 * statements each assignment makes a fresh `let`, so that a software adapter's compiler keeps the
 * value in a register.
 */
import { evaluate } from "./unroll_constant.ts"
import type { Block, Plain, Statement, Token } from "./unroll_parse.ts"

/** An array declared in the function, and what is known of its uses. */
interface Tracked {
  name: string
  type: string
  /** Whether some index is not constant, so that the array must stay one. */
  dynamic: boolean
  /** By element: the runs that use it, and whether the first use assigns it. */
  uses: Map<number, { runs: Set<number>; assignedFirst: boolean }>
}

type Run = Plain[]

/** The statements with their array elements renamed; see the head of unroll.ts. */
export function renameElements(body: Statement[]): Statement[] {
  const arrays = declaredArrays(body)
  new Survey(arrays).body(body)
  return new Renaming(arrays).body(body)
}

function declaredArrays(body: Statement[], found = new Map<string, Tracked>()): Map<string, Tracked> {
  for (const statement of body) {
    const declared = declaration(statement)
    if (declared) found.set(declared.name, { ...declared, dynamic: false, uses: new Map() })
    if (statement.kind === "block") declaredArrays(statement.body, found)
  }
  return found
}

/** Of `var NAME: array<TYPE, COUNT>;`. */
function declaration(statement: Statement): { name: string; type: string } | undefined {
  if (statement.kind !== "plain" || statement.tokens[0].text !== "var") return undefined
  const words = statement.tokens.map((token) => token.text)
  if (words[2] !== ":" || words[3] !== "array" || words[6] !== ",") return undefined
  return { name: words[1], type: words[5] }
}

/**
 * `NAME[index]` in a statement, as positions of its tokens; `element` where the index is constant.
 */
interface Access {
  array: Tracked
  start: number
  end: number
  element: number | undefined
}

/** A kernel has thousands of statements, and each is asked for its accesses four times. */
const knownAccesses = new WeakMap<Token[], Access[]>()

function accesses(tokens: Token[], arrays: Map<string, Tracked>): Access[] {
  const known = knownAccesses.get(tokens)
  if (known) return known
  const found = findAccesses(tokens, arrays)
  knownAccesses.set(tokens, found)
  return found
}

function findAccesses(tokens: Token[], arrays: Map<string, Tracked>): Access[] {
  return tokens.flatMap((token, start) => {
    const array = tokens[start - 1]?.text === "." ? undefined : arrays.get(token.text)
    if (!array) return []
    if (tokens[start + 1]?.text !== "[") return [{ array, start, end: start, element: undefined }]
    let end = start + 1
    for (let depth = 1; depth > 0; ) {
      const { text } = tokens[++end]
      depth += Number(text === "[") - Number(text === "]")
    }
    return [{ array, start, end, element: evaluate(tokens.slice(start + 2, end), new Map()) }]
  })
}

const isDynamic = (access: Access): boolean => access.element === undefined

/** Cuts a body into blocks and runs: a jump, or an access that is not constant, stands alone. */
function cut(body: Statement[], arrays: Map<string, Tracked>): (Block | Run)[] {
  const out: (Block | Run)[] = []
  let open: Run | undefined
  for (const statement of body) {
    if (statement.kind === "block") {
      out.push(statement)
      open = undefined
      continue
    }
    const declares = declaration(statement) !== undefined
    const alone =
      /^(return|break|continue)$/.test(statement.tokens[0].text) ||
      (!declares && accesses(statement.tokens, arrays).some(isDynamic))
    if (!open || alone) out.push((open = []))
    open.push(statement)
    if (alone) open = undefined
  }
  return out
}

/** How `NAME[k] =` or `NAME[k] +=` begins a statement. */
function assignment(tokens: Token[], found: Access[]): { target: Access; operator: string } | undefined {
  const target = found[0]
  if (target?.start !== 0 || isDynamic(target)) return undefined
  const operator = tokens[target.end + 1].text
  return /^[-+*/%&|^]?=$/.test(operator) ? { target, operator } : undefined
}

/** Notes where each element is used, in the order of `Renaming`. */
class Survey {
  #run = 0

  constructor(readonly arrays: Map<string, Tracked>) {}

  body(body: Statement[]): void {
    for (const part of cut(body, this.arrays)) {
      this.#run++
      if (Array.isArray(part)) part.forEach((statement) => void this.#statement(statement))
      else {
        for (const { array } of accesses(part.head, this.arrays)) array.dynamic = true
        this.body(part.body)
      }
    }
  }

  #statement(statement: Plain): void {
    if (declaration(statement)) return
    const found = accesses(statement.tokens, this.arrays)
    const assigned = assignment(statement.tokens, found)
    const reads = assigned?.operator === "=" ? found.slice(1) : found
    for (const access of [...reads, ...(assigned ? [assigned.target] : [])]) {
      if (access.element === undefined) {
        access.array.dynamic = true
        continue
      }
      const assignedFirst = access === assigned?.target && assigned.operator === "="
      const known = access.array.uses.get(access.element)
      if (known) known.runs.add(this.#run)
      else access.array.uses.set(access.element, { runs: new Set([this.#run]), assignedFirst })
    }
  }
}

/** An element that never leaves its run needs no variable behind it. */
function isLocal(array: Tracked, element: number): boolean {
  const use = array.uses.get(element)
  return !array.dynamic && use !== undefined && use.runs.size === 1 && use.assignedFirst
}

class Renaming {
  #versions = 0

  constructor(readonly arrays: Map<string, Tracked>) {}

  body(body: Statement[]): Statement[] {
    return cut(body, this.arrays).flatMap((part): Statement[] =>
      Array.isArray(part) ? this.#run(part) : [{ ...part, body: this.body(part.body) }],
    )
  }

  #run(run: Run): Plain[] {
    const last = lastAssignments(run, this.arrays)
    const current = new Map<string, string>()
    return run.flatMap((statement, at): Plain[] => {
      const declared = declaration(statement)
      if (declared) return this.#declare(statement, this.arrays.get(declared.name)!)
      const found = accesses(statement.tokens, this.arrays)
      const assigned = assignment(statement.tokens, found)
      if (!assigned) return [plain(rename(statement.tokens, found, current))]
      const { target, operator } = assigned
      const key = variable(target)
      let value = rename(statement.tokens, found, current).slice(0, -1)
      const left = text(rename(statement.tokens.slice(0, target.end + 1), [target], current))
      value = value.slice(value.findIndex((token) => token.text === operator) + 1)
      const right = operator === "=" ? text(value) : `${left} ${operator[0]} (${text(value)})`
      const fresh = `${target.array.name}_${target.element}_${++this.#versions}`
      current.set(key, fresh)
      const kept = last.get(key) === at && !isLocal(target.array, target.element!)
      return [plain(words(`let ${fresh} = ${right} ;`)), ...(kept ? [plain(words(`${key} = ${fresh} ;`))] : [])]
    })
  }

  /** The array itself, or a variable for each element that outlives its run. */
  #declare(statement: Plain, array: Tracked): Plain[] {
    if (array.dynamic) return [statement]
    return [...array.uses.keys()]
      .filter((element) => !isLocal(array, element))
      .map((element) => plain(words(`var ${array.name}_${element} : ${array.type} ;`)))
  }
}

function lastAssignments(run: Run, arrays: Map<string, Tracked>): Map<string, number> {
  const last = new Map<string, number>()
  run.forEach(({ tokens }, at) => {
    const assigned = assignment(tokens, accesses(tokens, arrays))
    if (assigned) last.set(variable(assigned.target), at)
  })
  return last
}

/** What holds an element between runs. */
const variable = ({ array, element }: Access): string =>
  array.dynamic ? `${array.name} [ ${element}u ]` : `${array.name}_${element}`

/** Tokens with each constant access replaced by the value that stands for it now. */
function rename(tokens: Token[], found: Access[], current: Map<string, string>): Token[] {
  const out: Token[] = []
  let next = 0
  for (const access of found) {
    if (isDynamic(access)) continue
    const key = variable(access)
    out.push(...tokens.slice(next, access.start), ...words(current.get(key) ?? key))
    next = access.end + 1
  }
  return [...out, ...tokens.slice(next)]
}

const text = (tokens: Token[]): string => tokens.map((token) => token.text).join(" ")
const words = (line: string): Token[] => line.split(" ").map((word) => ({ text: word, at: 0 }))
const plain = (tokens: Token[]): Plain => ({ kind: "plain", tokens })
