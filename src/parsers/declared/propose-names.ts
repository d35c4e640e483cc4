/** Names for what varies in sample lines: by the key or the word before it, by its type, by its values. */

import { isEcsField, named } from '../ndjson/names.ts'
import type { Definition } from './definition.ts'
import type { FieldType } from './pattern.ts'
import type { Token } from './tokens.ts'

/** Words after which something follows that they name. `SIDE` is the side (source, destination) last spoken of. */
const hints: Readonly<Record<string, string>> = {
  from: 'source',
  src: 'source',
  source: 'source',
  client: 'source',
  peer: 'source',
  remote: 'source',
  to: 'destination',
  dst: 'destination',
  dest: 'destination',
  destination: 'destination',
  server: 'destination',
  port: 'port',
  user: 'user.name',
  username: 'user.name',
  account: 'user.name',
  login: 'user.name',
  host: 'host.name',
  hostname: 'host.name',
  pid: 'process.pid',
  process: 'process.name',
  method: 'http.request.method',
  status: 'http.response.status_code',
  file: 'file.path',
  path: 'file.path',
  url: 'url.original',
  rule: 'rule.name',
  reason: 'event.reason',
  error: 'error.message',
  proto: 'network.transport',
  protocol: 'network.transport',
  interface: 'observer.ingress.interface.name'
}

const levels = new Set(
  'trace debug info information notice warn warning error err critical crit fatal severe alert emerg'.split(' ')
)
const methods = new Set('GET POST PUT DELETE HEAD OPTIONS PATCH CONNECT TRACE PROPFIND'.split(' '))
const transports = new Set('tcp udp icmp icmp6 icmpv6 esp gre'.split(' '))
const good = new Set(
  'success successful succeeded ok granted accepted accept allow allowed pass passed permit permitted yes true'.split(
    ' '
  )
)
const bad = new Set(
  'failure failed fail denied deny refused rejected reject blocked block drop dropped error invalid no false'.split(' ')
)

export class FieldNames {
  readonly #prefix: string
  readonly #fields: Record<string, string> = {}
  readonly #values: Record<string, Record<string, string>> = {}
  readonly #set: Record<string, string | string[]> = {}
  #taken = new Set<string>()
  #before = ''
  #key = ''
  #side: 'source' | 'destination' = 'source'
  #count = 0
  #unnamed = 0

  constructor(name: string) {
    this.#prefix = name.replaceAll('-', '_')
  }

  /** A new pattern: the same names may be used again. */
  begin(): void {
    this.#taken = new Set()
    this.#before = ''
    this.#key = ''
    this.#side = 'source'
    this.#count = 0
  }

  literal(text: string): void {
    this.#key = text.endsWith('=') ? text.slice(0, -1) : /^[:[("'#]$/.test(text) ? this.#key : ''
    const word = text.replace(/[=:]$/, '').toLowerCase()
    if (/\w/.test(word)) this.#before = word
    const side = hints[word]
    if (side === 'source' || side === 'destination') this.#side = side
  }

  /** Is a word that never changes in the sample a value all the same, since it stands where one is expected? */
  expects(text: string): boolean {
    if (this.#key !== '') return true
    const hint = hints[this.#before]
    if (
      hint !== undefined &&
      !Object.hasOwn(hints, text.toLowerCase()) &&
      !['not', 'the', 'is', 'has', 'was'].includes(text)
    )
      return true
    return levels.has(text.toLowerCase()) && text === text.toUpperCase() && this.#count <= 2
  }

  /** The field in braces for a token with the values that it has in the sample. `unit`: the words behind it. */
  field(token: Token, texts: readonly string[], unit: string): string {
    this.#count++
    const [name, type] = this.#nameOf(token, texts, unit)
    this.#before = ''
    this.#key = ''
    return `{${name}:${type}}`
  }

  /** A field whose name is known from where it stands. */
  known(name: string, type: FieldType): string {
    return `{${this.#free(name)}:${type}}`
  }

  rest(): string {
    const name =
      this.#key !== ''
        ? this.#ofKey(this.#key)
        : (hints[this.#before]?.includes('.') && hints[this.#before]) || 'message'
    return `{${this.#free(name)}:rest}`
  }

  result(): Pick<Definition, 'set' | 'values' | 'fields'> {
    const used = new Set(this.#everyName)
    if ((used.has('source.ip') || used.has('client.ip')) && used.has('destination.ip'))
      this.#set['event.category'] = ['network']
    else if (used.has('http.request.method')) this.#set['event.category'] = ['web']
    else if (used.has('user.name') && used.has('event.outcome')) this.#set['event.category'] = ['authentication']
    return { set: this.#set, values: this.#values, fields: this.#fields }
  }

  readonly #everyName: string[] = []

  #free(name: string): string {
    let free = name
    for (let n = 2; this.#taken.has(free); n++) free = `${this.#prefix}.${name.slice(name.lastIndexOf('.') + 1)}_${n}`
    this.#taken.add(free)
    this.#everyName.push(free)
    return free
  }

  #nameOf(token: Token, texts: readonly string[], unit: string): readonly [string, FieldType] {
    const { kind } = token
    if (kind === 'time') return [this.#free(this.#taken.has('@timestamp') ? 'event.created' : '@timestamp'), 'time']
    const type: FieldType =
      kind === 'number'
        ? texts.some(text => text.includes('.'))
          ? 'number'
          : 'int'
        : kind === 'quoted'
          ? 'quoted'
          : kind === 'ip'
            ? 'ip'
            : 'word'
    if (kind === 'ip') return [this.#address(), type]
    const lower = texts.map(text => text.toLowerCase())
    if (kind === 'word' && lower.every(text => good.has(text) || bad.has(text)) && !levels.has(lower[0]!)) {
      const outcome = this.#free('event.outcome')
      if (outcome === 'event.outcome') {
        this.#values[outcome] ??= {}
        for (const text of texts) this.#values[outcome]![text] = good.has(text.toLowerCase()) ? 'success' : 'failure'
      }
      return [outcome, type]
    }
    if (this.#key !== '') return [this.#free(this.#ofKey(this.#key)), type]
    const hint = hints[this.#before]
    if (hint === 'port' && kind === 'number') return [this.#free(`${this.#side}.port`), type]
    if ((hint === 'source' || hint === 'destination') && kind === 'word') return [this.#free(`${hint}.domain`), type]
    if (hint?.includes('.')) return [this.#free(hint), type]
    // "10.0.0.5:443"
    if (kind === 'number' && this.#lastIp !== '' && this.#before === '') return [this.#free(`${this.#side}.port`), type]
    if (kind === 'word') {
      if (lower.every(text => levels.has(text))) return [this.#free('log.level'), type]
      if (texts.every(text => methods.has(text))) return [this.#free('http.request.method'), type]
      if (lower.every(text => transports.has(text))) return [this.#free('network.transport'), type]
      if (texts.every(text => text.startsWith('/') || text.includes('://'))) return [this.#free('url.original'), type]
      if (texts.every(text => /^[^@\s]+@[\w.-]+$/.test(text))) return [this.#free('user.email'), type]
    }
    if (kind === 'quoted' && texts.every(text => /^"[A-Z]+ \S+ HTTP\/[\d.]+"$/.test(text)))
      return [this.#free(`${this.#prefix}.request`), type]
    if (kind === 'number' && unit !== '') return [this.#free(`${this.#prefix}.${unit}`), type]
    if (kind === 'number' && /^[a-z]{3,20}$/.test(this.#before))
      return [this.#free(`${this.#prefix}.${this.#before}`), type]
    return [this.#free(`${this.#prefix}.field_${++this.#unnamed}`), type]
  }

  get #lastIp(): string {
    return this.#taken.has(`${this.#side}.ip`) && !this.#taken.has(`${this.#side}.port`) ? this.#side : ''
  }

  #address(): string {
    if (this.#key !== '') {
      const field = this.#ofKey(this.#key)
      if (field.endsWith('.ip')) return this.#free(field)
      const hint = hints[this.#key.toLowerCase()]
      if (hint === 'source' || hint === 'destination') return this.#free(`${hint}.ip`)
      return this.#free(field)
    }
    const hint = hints[this.#before]
    if (hint !== 'source' && hint !== 'destination')
      this.#side = this.#taken.has('source.ip') ? 'destination' : 'source'
    return this.#free(`${this.#side}.ip`)
  }

  #ofKey(key: string): string {
    if (isEcsField(key)) return key
    const target = named(key).target
    if (target !== undefined) return target.field
    const hint = hints[key.toLowerCase()]
    if (hint?.includes('.')) return hint
    return `${this.#prefix}.${key}`
  }
}
