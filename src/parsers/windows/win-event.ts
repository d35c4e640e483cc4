/**
 * One Windows event, whatever its container was (Winlogbeat, NXLog, evtx_dump, XML): what the readers (`from-*.ts`) give and the
 * mapping (`to-ecs.ts`) takes. Values are strings, as Windows renders them in XML.
 */

export type Data = { [name: string]: string | string[] }

export type WinEvent = {
  readonly eventId: string
  readonly provider: string | undefined
  readonly providerGuid: string | undefined
  readonly eventSource: string | undefined
  readonly channel: string | undefined
  readonly computer: string | undefined
  readonly recordId: string | undefined
  /** As it stood in the record. */
  readonly timeCreated: string | undefined
  readonly version: number | undefined
  readonly level: string | undefined
  readonly task: string | undefined
  readonly opcode: string | undefined
  readonly keywords: readonly string[] | undefined
  readonly outcome: 'success' | 'failure' | undefined
  readonly activityId: string | undefined
  readonly relatedActivityId: string | undefined
  readonly processId: number | undefined
  readonly threadId: number | undefined
  readonly userSid: string | undefined
  readonly userName: string | undefined
  readonly userDomain: string | undefined
  readonly userType: string | undefined
  readonly message: string | undefined
  readonly data: Data
  readonly userData: Data | undefined
}

const nullGuid = '{00000000-0000-0000-0000-000000000000}'

/** A value that says something: not absent, empty, `-` or the null GUID (those stay in `winlog.event_data`). The first of a list. */
export function said(data: Data | undefined, name: string): string | undefined {
  const value = data === undefined || !Object.hasOwn(data, name) ? undefined : data[name]
  const text = typeof value === 'object' ? value[0] : value
  return text === undefined || text === '' || text === '-' || text === nullGuid ? undefined : text
}

/** The same as one text: the items of a list one after the other. */
export function saidAll(data: Data, name: string): string | undefined {
  const value = Object.hasOwn(data, name) ? data[name] : undefined
  return typeof value === 'object' ? value.join(' ') : said(data, name)
}

/** Undefined for a list: somebody took the text apart before. */
export function saidText(data: Data, name: string): string | undefined {
  return typeof data[name] === 'object' ? undefined : said(data, name)
}

/** Sets a name as data, whatever it is called. */
export function putData(data: Data, name: string, value: string | string[]): void {
  if (name === '__proto__')
    Object.defineProperty(data, name, { value, enumerable: true, configurable: true, writable: true })
  else data[name] = value
}

/** `0x2fc`, `764`: Java's `Long.decode` where JavaScript's numbers are exact. */
export function decodeNumber(text: string | undefined): number | undefined {
  if (text === undefined || text.length > 18 || text === '') return undefined
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i) | 32
    // Digits, `a` to `f`, and the `x` of `0x`.
    if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102) || (c === 120 && i === 1))) return undefined
  }
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : undefined
}

export function portOf(text: string | undefined): number | undefined {
  const port = decodeNumber(text)
  return port !== undefined && port <= 65535 ? port : undefined
}

/** `C:\Windows\x.exe` → `x.exe`; the whole text where it has no backslash. */
export function baseName(path: string | undefined): string | undefined {
  return path === undefined ? undefined : path.slice(path.lastIndexOf('\\') + 1) || undefined
}

/** The words between blanks of any kind. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter(word => word !== '')
}

/** `::ffff:192.0.2.1` is an IPv4 address. */
export function plainIp(ip: string): string {
  return ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip
}
