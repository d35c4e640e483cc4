/**
 * Names for the checks of mail: asked with a bound in time, at most so many at once, remembered for a while, also that there is none. Answers are strings of
 * whoever the mail names: they are cut to a size that any record of the kind has room in.
 */

import { Resolver } from 'node:dns/promises'
import { LRUCache } from 'lru-cache'

export type Lookup = (name: string, type: string) => Promise<string[][] | string[]>

export type ResolverSettings = {
  /** Addresses, with a port where it is not 53. Default: those of the system. */
  readonly servers: readonly string[]
  readonly timeoutMs: number
}

type Answer = { readonly records: string[][] | string[] } | { readonly code: string }

const atOnceMax = 128
const waitingMax = 2048
const foundMs = 300_000
const noneMs = 60_000
const failedMs = 5_000
const recordsMax = 64
const charsMax = 8192
/** One mail may ask so often: SPF may ask ten times, DKIM once a signature, DMARC eight. */
export const lookupsMax = 100

export class MailResolver {
  readonly #dns: Resolver
  readonly #cache = new LRUCache<string, Answer>({ max: 20_000, ttl: foundMs })
  readonly #asked = new Map<string, Promise<Answer>>()
  readonly #timeoutMs: number
  #atOnce = 0
  #waiting: (() => void)[] = []

  constructor({ servers, timeoutMs }: ResolverSettings) {
    this.#timeoutMs = timeoutMs
    this.#dns = new Resolver({ timeout: Math.max(200, Math.floor(timeoutMs / 2)), tries: 2 })
    try {
      if (servers.length > 0) this.#dns.setServers([...servers])
    } catch {
      // The configuration was checked; what is wrong all the same leaves those of the system.
    }
  }

  /** For one mail: beyond its share of questions it gets no more answers, which is no pass. */
  forOneMail(): Lookup {
    let left = lookupsMax
    return async (name, type) => {
      if (left-- <= 0) throw failure('ETIMEOUT', name)
      const answer = await this.#answer(name.toLowerCase(), type.toUpperCase())
      if ('records' in answer) return answer.records
      throw failure(answer.code, name)
    }
  }

  #answer(name: string, type: string): Promise<Answer> {
    const key = `${type} ${name}`
    const known = this.#cache.get(key)
    if (known !== undefined) return Promise.resolve(known)
    const asked = this.#asked.get(key)
    if (asked !== undefined) return asked
    const asking = this.#ask(name, type)
      .then(answer => {
        const ttl = 'records' in answer ? foundMs : isNone(answer.code) ? noneMs : failedMs
        this.#cache.set(key, answer, { ttl })
        return answer
      })
      .finally(() => this.#asked.delete(key))
    this.#asked.set(key, asking)
    return asking
  }

  async #ask(name: string, type: string): Promise<Answer> {
    if (name.length > 253) return { code: 'EBADNAME' }
    if (this.#atOnce >= atOnceMax) {
      if (this.#waiting.length >= waitingMax) return { code: 'ETIMEOUT' }
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
    this.#atOnce++
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Answer>(resolve => {
      timer = setTimeout(() => resolve({ code: 'ETIMEOUT' }), this.#timeoutMs)
    })
    try {
      return await Promise.race([this.#query(name, type), late])
    } catch (error) {
      return { code: (error as NodeJS.ErrnoException).code ?? 'ESERVFAIL' }
    } finally {
      clearTimeout(timer)
      this.#atOnce--
      this.#waiting.shift()?.()
    }
  }

  async #query(name: string, type: string): Promise<Answer> {
    switch (type) {
      case 'TXT':
        return { records: bounded(await this.#dns.resolveTxt(name)) }
      case 'A':
        return { records: (await this.#dns.resolve4(name)).slice(0, recordsMax) }
      case 'AAAA':
        return { records: (await this.#dns.resolve6(name)).slice(0, recordsMax) }
      case 'MX':
        return { records: (await this.#dns.resolveMx(name)).slice(0, recordsMax) as never }
      case 'PTR':
        return { records: (await this.#dns.resolvePtr(name)).slice(0, recordsMax) }
      case 'CNAME':
        return { records: (await this.#dns.resolveCname(name)).slice(0, recordsMax) }
      default:
        return { code: 'ENODATA' }
    }
  }
}

function bounded(rows: string[][]): string[][] {
  return rows.slice(0, recordsMax).map(row => {
    const text = row.join('')
    return text.length > charsMax ? [text.slice(0, charsMax)] : row
  })
}

function isNone(code: string): boolean {
  return code === 'ENOTFOUND' || code === 'ENODATA' || code === 'EBADNAME'
}

function failure(code: string, name: string): Error {
  return Object.assign(new Error(`${code} ${name}`), { code })
}
