/**
 * What stands before the packet in a LOG line: the rule's own prefix (`--log-prefix`), which says what the rule did, if anything does.
 *
 *   prefix   = [ "[" uptime "] " ] ( ubiquiti | ufw | any text )
 *   ubiquiti = "[" rule-set "-" rule-number "-" ( "A" | "D" | "R" ) "]" [ " DESCR=" quoted ]      EdgeOS and UniFi; newer: letter, then number
 *   ufw      = "[UFW " ( "BLOCK" | "ALLOW" | "AUDIT" | "LIMIT BLOCK" … ) "]"
 */

export type Label = {
  /** The prefix without the kernel's uptime, a colon or an arrow at its end. */
  readonly prefix: string | undefined
  /** In small letters: `drop`, `accept`, `drop_input`. */
  readonly action: string | undefined
  readonly ruleSet: string | undefined
  readonly ruleNumber: string | undefined
  readonly description: string | undefined
}

const ubiquitiActions: Readonly<Record<string, string>> = { A: 'accept', D: 'drop', R: 'reject', RET: 'return' }

export function readLabel(text: string): Label {
  let rest = text.trim()
  rest = withoutUptime(rest)
  let description: string | undefined
  const descr = rest.indexOf('DESCR="')
  if (descr >= 0) {
    const close = rest.indexOf('"', descr + 7)
    if (close > 0) {
      description = rest.slice(descr + 7, close)
      rest = rest.slice(0, descr).trim()
    }
  }
  const open = rest.lastIndexOf('[')
  if (open >= 0 && rest.endsWith(']')) {
    const inside = rest.slice(open + 1, -1)
    const last = inside.lastIndexOf('-')
    const before = inside.lastIndexOf('-', last - 1)
    if (before > 0) {
      const one = inside.slice(before + 1, last)
      const two = inside.slice(last + 1)
      const ruleSet = inside.slice(0, before)
      const action = ubiquitiActions[two]
      if (action !== undefined) return { prefix: inside, action, ruleSet, ruleNumber: one, description }
      const earlier = ubiquitiActions[one]
      if (earlier !== undefined) return { prefix: inside, action: earlier, ruleSet, ruleNumber: two, description }
    }
    rest = open === 0 ? inside : rest
  }
  while (rest.endsWith(':') || rest.endsWith('=') || rest.endsWith('>')) rest = rest.slice(0, -1).trimEnd()
  if (rest === '')
    return { prefix: undefined, action: undefined, ruleSet: undefined, ruleNumber: undefined, description }
  return { prefix: rest, action: actionIn(rest), ruleSet: undefined, ruleNumber: undefined, description }
}

/** `[16571.459614] ` of the kernel's own stamps. */
export function withoutUptime(text: string): string {
  if (text.charCodeAt(0) !== 91) return text
  const close = text.indexOf(']')
  if (close < 0 || close > 24) return text
  for (let i = 1; i < close; i++) {
    const c = text.charCodeAt(i)
    if (!((c >= 48 && c <= 57) || c === 46 || c === 32)) return text
  }
  return text.slice(close + 1).trimStart()
}

/** Verdicts, as people name them in prefixes. */
const verdicts = ['drop', 'deny', 'denied', 'reject', 'block', 'accept', 'allow', 'permit', 'pass']
const denying = verdicts.slice(0, 5)

/** The word of the prefix that names a verdict (`DROP_INPUT`, `net2fw:DROP` as `drop`), in small letters. */
function actionIn(prefix: string): string | undefined {
  const lower = prefix.toLowerCase()
  for (const word of lower.split(/[\s:,;[\]()]/))
    for (const verdict of verdicts) if (word.includes(verdict)) return word
  // "[UFW AUDIT INVALID]"
  return lower.startsWith('ufw ') ? lower.slice(4).replaceAll(' ', '-') : undefined
}

/** What a verdict means: `denied`, `allowed`, or undefined where the rule only logs. */
export function typeOf(action: string | undefined): 'denied' | 'allowed' | undefined {
  if (action === undefined) return undefined
  for (const verdict of denying) if (action.includes(verdict)) return 'denied'
  for (const verdict of verdicts) if (action.includes(verdict)) return 'allowed'
  return undefined
}
