/**
 * WGSL cannot ask for a loop to be unrolled, and software adapters keep function-scope arrays and
 * `var`s in memory. So the text of a kernel is rewritten before it is compiled:
 *
 * - a loop after the comment line `// unroll`, of the form `for (var i = A; i < B; i++) {`, is
 *   written out; after `// unroll if NAME` it is unless the file's const of that name is 0;
 * - an `if` whose condition is then constant keeps one branch, a `let` that is then constant is put
 *   in its places;
 * - a `subgroupShuffle` from a lane that is then constant is a `subgroupBroadcast`;
 * - within a run of plain statements an array element with a constant index is renamed at each
 *   assignment, as `let sum_3_2 = ...` (static single assignment), and written back where the run
 *   ends if it is used elsewhere.
 *
 * The file stays a valid kernel that computes the same without this pass. Constant means: made of
 * u32 literals, the file's `const NAME: u32` lines and the variables of unrolled loops, with + - *
 * / % and comparisons.
 */
import { withBroadcasts } from "./unroll_broadcast.ts"
import { type Constants, constantsOf, evaluate } from "./unroll_constant.ts"
import { type Block, type Plain, parseBody, printBody, type Statement, type Token, tokenize } from "./unroll_parse.ts"
import { renameElements } from "./unroll_rename.ts"

const MARK = "// unroll"

/** Whether a kernel's text has loops to be unrolled. */
export const isMarked = (code: string): boolean => code.includes(MARK)

/**
 * The text with its marked loops written out.
 *
 * @param name of the kernel, for messages
 * @throws for a marked loop of another form, or whose bounds are not constant
 */
export function unroll(name: string, code: string): string {
  const start = /@compute[^{]*\{/.exec(code)
  if (!isMarked(code) || !start) return code
  const from = start.index + start[0].length
  const { body, end } = parseBody(tokenize(code.slice(from)))
  const expanded = new Expansion(name).body(body, constantsOf(code.slice(0, start.index)))
  return code.slice(0, from) + "\n" + printBody(renameElements(expanded)) + code.slice(from + end)
}

/** `for (var variable = first; variable < last; variable++)` */
interface LoopForm {
  variable: string
  first: string
  last: string
}

/** Writes out marked loops and folds what has become constant. */
class Expansion {
  #copies = 0
  #forms = new Map<Token[], LoopForm>()

  constructor(readonly name: string) {}

  body(statements: Statement[], outer: Constants): Statement[] {
    const constants = new Map(outer)
    return statements.flatMap((statement) => this.#statement(statement, constants))
  }

  /** May add a `let` that is constant to `constants`. */
  #statement(statement: Statement, constants: Constants): Statement[] {
    if (statement.kind === "plain") {
      const tokens = withBroadcasts(substitute(statement.tokens, constants), constants)
      if (tokens[0].text === "let" && tokens[2]?.text === "=") {
        const value = evaluate(tokens.slice(3), constants)
        if (value !== undefined) {
          constants.set(tokens[1].text, value)
          return []
        }
      }
      return [{ kind: "plain", tokens }]
    }
    if (statement.mark && this.#wanted(statement.mark, constants)) return this.#copiesOf(statement, constants)
    const truth = truthOf(statement, constants)
    if (truth !== undefined) return truth ? this.body(statement.body, constants) : []
    const head = substitute(statement.head, constants)
    return [{ ...statement, head, body: this.body(statement.body, constants) }]
  }

  #wanted(mark: string, constants: Constants): boolean {
    const name = /if (\w+)$/.exec(mark)?.[1]
    if (!name) return true
    const value = constants.get(name)
    if (value !== undefined) return value !== 0
    throw new Error(`${this.name}.wgsl: ${mark}: the file has no line "const ${name}: u32 = ...;"`)
  }

  #copiesOf(loop: Block, constants: Constants): Statement[] {
    const { variable, first, last } = this.#form(loop)
    const end = this.#bound(last, constants)
    const out: Statement[] = []
    for (let i = this.#bound(first, constants); i < end; i++) {
      const inner = new Map(constants).set(variable, i)
      const body = renameLets(kept(loop.body, inner), this.#copies++)
      for (const statement of body) out.push(...this.#statement(statement, inner))
    }
    return out
  }

  #form(loop: Block): LoopForm {
    const known = this.#forms.get(loop.head)
    if (known) return known
    const text = loop.head.map((token) => token.text).join(" ")
    const form = /^for \( var (\w+) = (.+) ; (\w+) < (.+) ; (\w+) \+\+ \)$/.exec(text)
    if (!form || form[3] !== form[1] || form[5] !== form[1]) {
      throw new Error(`${this.name}.wgsl: a loop to unroll reads "for (var i = A; i < B; i++) {", not "${text}"`)
    }
    const made = { variable: form[1], first: form[2], last: form[4] }
    this.#forms.set(loop.head, made)
    return made
  }

  #bound(text: string, constants: Constants): number {
    const value = evaluate(tokenize(text), constants)
    if (value !== undefined) return value
    throw new Error(`${this.name}.wgsl: the bound ${text} of a loop to unroll is not constant`)
  }
}

/** Whether an `if` without `else` is constant, and how. */
function truthOf({ head, otherwise }: Block, constants: Constants): number | undefined {
  return head[0]?.text === "if" && !otherwise ? evaluate(head.slice(1), constants) : undefined
}

/**
 * With the bodies of constant `if`s in their places, or gone: what they declare comes to stand in
 * the scope around them.
 */
const kept = (body: Statement[], constants: Constants): Statement[] =>
  body.flatMap((statement) => {
    const truth = statement.kind === "block" ? truthOf(statement, constants) : undefined
    if (truth === undefined) return [statement]
    return truth ? kept((statement as Block).body, constants) : []
  })

/** Copies of one body share a scope, so what each declares gets a name of its own. */
function renameLets(body: Statement[], copy: number): Statement[] {
  const isDeclaration = (statement: Statement): statement is Plain =>
    statement.kind === "plain" && (statement.tokens[0].text === "let" || statement.tokens[0].text === "var")
  const declared = body.filter(isDeclaration).map(({ tokens }) => tokens[1].text)
  if (declared.length === 0) return body
  const names = new Map(declared.map((name) => [name, `${name}_${copy}`]))
  return mapTokens(body, (token) => (names.has(token.text) ? { ...token, text: names.get(token.text)! } : token))
}

function mapTokens(body: Statement[], change: (token: Token) => Token): Statement[] {
  return body.map((statement) =>
    statement.kind === "plain"
      ? { ...statement, tokens: changed(statement.tokens, change) }
      : { ...statement, head: changed(statement.head, change), body: mapTokens(statement.body, change) },
  )
}

/**
 * Names behind a dot are members, and stay. The same array where nothing changes, since the form of
 * a loop is looked up by it.
 */
function changed(tokens: Token[], change: (token: Token) => Token): Token[] {
  const out = tokens.map((token, i) => (tokens[i - 1]?.text === "." ? token : change(token)))
  return out.every((token, i) => token === tokens[i]) ? tokens : out
}

const substitute = (tokens: Token[], constants: Constants): Token[] =>
  tokens.map((token, i) => {
    const value = constants.get(token.text)
    return value === undefined || tokens[i - 1]?.text === "." ? token : { ...token, text: `${value}u` }
  })
