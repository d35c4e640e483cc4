/** An event as one line for people: when, what, from where to where, and what is most telling about it. */

type Doc = Record<string, unknown>

function at(document: Doc, path: string): string | undefined {
  let value: unknown = document
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Doc)[key]
  }
  if (Array.isArray(value)) return value.slice(0, 3).join(',')
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value)
}

const telling = [
  'rule.name',
  'dns.question.name',
  'url.original',
  'tls.client.server_name',
  'message',
  'file.path',
  'process.command_line',
  'event.reason'
]

export function eventLine(document: Doc): string {
  const endpoint = (side: string): string | undefined => {
    const ip = at(document, `${side}.ip`) ?? at(document, `${side}.address`)
    const port = at(document, `${side}.port`)
    return ip === undefined
      ? undefined
      : port === undefined
        ? ip
        : ip.includes(':')
          ? `[${ip}]:${port}`
          : `${ip}:${port}`
  }
  const source = endpoint('source')
  const destination = endpoint('destination')
  const parts = [
    at(document, '@timestamp'),
    at(document, 'event.dataset'),
    at(document, 'picket.kind'),
    at(document, 'event.action'),
    at(document, 'event.outcome'),
    source === undefined ? undefined : destination === undefined ? source : `${source} → ${destination}`,
    at(document, 'user.name'),
    telling.map(path => at(document, path)).find(text => text !== undefined)
  ]
  // Control and bidirectional characters must not reach the terminal.
  return parts
    .filter(part => part !== undefined && part !== '')
    .join('  ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
    .slice(0, 500)
}
