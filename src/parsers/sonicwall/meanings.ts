/** What SonicOS's messages mean: the commonest by number, the others by their words. */

export type Meaning = {
  readonly kind: 'event' | 'alert'
  readonly category: readonly string[]
  readonly type: readonly string[]
  readonly outcome: string
  readonly action?: string
}

const event = (category: string, type: readonly string[], outcome = 'success'): Meaning => ({
  kind: 'event',
  category: [category],
  type,
  outcome
})

const opened = event('network', ['connection', 'start'])
const closed = event('network', ['connection', 'end'])
const refused = event('network', ['connection', 'denied'])
const dropped = event('network', ['denied'])
const login = event('authentication', ['start', 'info'])
const loginFailed = event('authentication', ['start', 'info'], 'failure')
const logout = event('authentication', ['end', 'info'])
const attack: Meaning = { kind: 'alert', category: ['intrusion_detection'], type: ['info'], outcome: 'success' }
const malware: Meaning = { kind: 'alert', category: ['malware'], type: ['info'], outcome: 'success' }
const changed = event('configuration', ['change'])

const byNumber = new Map<string, Meaning>()
const mean = (numbers: string, meaning: Meaning) => {
  for (const number of numbers.split(' ')) byNumber.set(number, meaning)
}
mean('98', opened)
mean('537', closed)
mean('36 173 524 712 713 760 1198 1199 1474 1475', refused)
mean(
  '28 38 41 46 48 175 181 347 522 523 590 646 647 708 709 714 883 884 885 887 888 889 890 891 892 910 1233 1257',
  dropped
)
mean('29 31 237 1080', login)
mean('30 32 33 35 238 329', loginFailed)
mean('24 261 262 263 264 265', logout)
mean('25 82 83 177 178 179 267 580 606 608 609 1213', attack)
mean('809 810 1107', malware)
mean('1313 1314 1315 1382 1383', changed)

export function meaningOf(number: string | undefined, text: string): Meaning | undefined {
  const known = number === undefined ? undefined : byNumber.get(number)
  if (known !== undefined) return known
  const words = text.slice(0, 200).toLowerCase()
  if (words.includes('login failed') || words.includes('login denied') || words.includes('incorrect password'))
    return loginFailed
  if (words.includes('login allowed') || words.includes('logged in')) return login
  if (words.includes('logged out')) return logout
  if (words.includes('attack') || words.includes('intrusion') || words.includes('possible port scan')) return attack
  if (words.includes('virus') || words.includes('spyware')) return malware
  if (words.includes('dropped') || words.includes('drop ')) return dropped
  if (words.includes('denied') || words.includes('blocked')) return refused
  return undefined
}

export const levels = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug']

export const methods: Readonly<Record<string, string>> = { 1: 'GET', 2: 'POST', 3: 'HEAD' }

export function actionOf(action: string | undefined): string | undefined {
  return action === 'forward'
    ? 'packet-forwarded'
    : action === 'drop'
      ? 'packet-dropped'
      : action === 'mgmt'
        ? 'packet-management'
        : undefined
}

export const groups: readonly (string | undefined)[] = [
  undefined,
  'Value',
  'System',
  'Log',
  'Security Services',
  'Users',
  'Firewall Settings',
  'Network',
  'VPN',
  'High Availability',
  '3G/4G, Modem, and Module Firewall',
  'Wireless',
  'VoIP',
  'SSL VPN',
  'Anti-Spam',
  'WAN Acceleration',
  'SD-WAN',
  'Multi-Tenancy'
]
