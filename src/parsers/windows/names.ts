/** What the numbers of an event's header mean: levels, keywords, opcodes, and the audit's outcome (winmeta.xml, evntprov.h). */

const levels = ['information', 'critical', 'error', 'warning', 'information', 'verbose']
const opcodes: ReadonlyMap<string, string> = new Map(
  [
    '0 Info',
    '1 Start',
    '2 Stop',
    '3 DCStart',
    '4 DCStop',
    '5 Extension',
    '6 Reply',
    '7 Resume',
    '8 Suspend',
    '9 Send'
  ].map(one => one.split(' ') as [string, string])
)

/** The name of a level's number; a name stays a name. */
export function levelName(level: string | undefined): string | undefined {
  return level === undefined ? undefined : (levels[Number(level)] ?? level)
}

export function opcodeName(opcode: string | undefined): string | undefined {
  return opcode === undefined ? undefined : (opcodes.get(opcode) ?? opcode)
}

const auditSuccess = 1n << 53n
const auditFailure = 1n << 52n
const keywordBits: readonly (readonly [bigint, string])[] = [
  [1n << 55n, 'Classic'],
  [1n << 54n, 'Correlation Hint'],
  [auditSuccess, 'Audit Success'],
  [auditFailure, 'Audit Failure'],
  [1n << 51n, 'SQM'],
  [1n << 50n, 'WDI Diag'],
  [1n << 49n, 'WDI Context'],
  [1n << 48n, 'Response Time']
]

type Keywords = { readonly names: readonly string[] | undefined; readonly outcome: 'success' | 'failure' | undefined }
const kept = new Map<string, Keywords>()
const keptMax = 1000

/** What a keyword mask (`0x8020000000000000`, or decimal, signed as some agents write it) says. */
export function readKeywords(mask: string | undefined): Keywords {
  if (mask === undefined) return { names: undefined, outcome: undefined }
  const known = kept.get(mask)
  if (known !== undefined) return known
  const made = decodeKeywords(mask)
  if (kept.size < keptMax) kept.set(mask, made)
  return made
}

function decodeKeywords(mask: string): Keywords {
  if (!/^(0x[0-9a-fA-F]{1,16}|-?[0-9]{1,20})$/.test(mask)) return { names: undefined, outcome: undefined }
  const bits = BigInt.asUintN(64, BigInt(mask))
  const names = keywordBits.filter(([bit]) => (bits & bit) !== 0n).map(([, name]) => name)
  return {
    names: names.length === 0 ? undefined : names,
    outcome: (bits & auditSuccess) !== 0n ? 'success' : (bits & auditFailure) !== 0n ? 'failure' : undefined
  }
}

export function outcomeOfNames(names: readonly string[] | undefined): 'success' | 'failure' | undefined {
  if (names === undefined) return undefined
  return names.includes('Audit Success') ? 'success' : names.includes('Audit Failure') ? 'failure' : undefined
}
