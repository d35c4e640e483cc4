/** DNS over UDP and TCP (RFC 1035, 7766), mDNS and LLMNR: one transaction a question with its answer, or without one. */

import type { App, Stage } from '../app.ts'
import type { Flow } from '../flow.ts'
import { Gathered } from '../gathered.ts'
import { u16 } from '../octets.ts'
import { type DnsMessage, dnsMessage, rcodeName } from './dns-message.ts'

const pendingMax = 64
const pendingCost = 512

type Asked = {
  readonly message: DnsMessage
  readonly fromSource: boolean
  readonly seconds: number
  readonly nanos: number
}

class Transactions {
  readonly #flow: Flow
  readonly #stage: Stage
  #asked: Asked[] = []

  constructor(flow: Flow, stage: Stage) {
    this.#flow = flow
    this.#stage = stage
  }

  /** False: no DNS. */
  message(fromSource: boolean, bytes: Uint8Array, from: number, to: number): boolean {
    const message = dnsMessage(bytes, from, to)
    if (message === undefined) return false
    const { seconds, nanos, budget } = this.#stage
    if (!message.isAnswer) {
      // Asked again, before an answer: the same question.
      const again = this.#asked.some(
        each => each.message.id === message.id && each.message.questions[0]?.name === message.questions[0]?.name
      )
      if (again) return true
      const asked: Asked = { message, fromSource, seconds, nanos }
      if (this.#asked.length >= pendingMax) this.#unanswered(this.#asked.shift()!)
      if (budget.take(pendingCost)) this.#asked.push(asked)
      else this.#write(asked, undefined, undefined)
      return true
    }
    const name = message.questions[0]?.name.toLowerCase()
    const at = this.#asked.findIndex(
      ({ message: { id, questions } }) =>
        id === message.id && (name === undefined || questions[0]?.name.toLowerCase() === name)
    )
    const asked = at < 0 ? undefined : this.#asked.splice(at, 1)[0]
    if (asked !== undefined) budget.give(pendingCost)
    this.#write(asked, message, { fromSource, seconds, nanos })
    return true
  }

  end(): void {
    for (const asked of this.#asked) this.#unanswered(asked)
    this.#asked = []
  }

  #unanswered(asked: Asked): void {
    this.#stage.budget.give(pendingCost)
    this.#write(asked, undefined, undefined)
  }

  #write(asked: Asked | undefined, answer: DnsMessage | undefined, at: Omit<Asked, 'message'> | undefined): void {
    const message = answer ?? asked!.message
    const when = asked ?? at!
    const questions = asked?.message.questions[0] === undefined ? message.questions : asked.message.questions
    const question = questions[0]
    this.#stage.transaction(this.#flow, asked?.fromSource ?? !at!.fromSource, 'dns', when, {
      id: message.id,
      opcode: message.opcode === 0 ? undefined : message.opcode,
      query: question?.name,
      qtype: question?.type,
      qclass: question?.class,
      more_queries: questions.length > 1 ? questions.slice(1).map(({ name }) => name) : undefined,
      flags: message.flags.length > 0 ? message.flags : undefined,
      rcode: answer === undefined ? undefined : rcodeName(answer.rcode),
      answers: answer === undefined || answer.answers.length === 0 ? undefined : answer.answers,
      answer_count: answer?.answerCount,
      seconds:
        asked === undefined || at === undefined
          ? undefined
          : Math.round((at.seconds - asked.seconds) * 1e9 + at.nanos - asked.nanos) / 1e9
    })
  }
}

export class DnsDatagrams implements App {
  name: string | undefined
  done = false
  readonly #transactions: Transactions
  readonly #as: string

  constructor(flow: Flow, stage: Stage, as = 'dns') {
    this.#transactions = new Transactions(flow, stage)
    this.#as = as
  }

  datagram(fromSource: boolean, bytes: Uint8Array, from: number, to: number): void {
    if (this.#transactions.message(fromSource, bytes, from, to)) this.name = this.#as
  }

  seen(): void {}
  gap(): void {}

  end(): void {
    this.#transactions.end()
  }
}

export class DnsStream implements App {
  name: string | undefined
  done = false
  readonly #transactions: Transactions
  readonly #held: readonly [Gathered, Gathered]

  constructor(flow: Flow, stage: Stage) {
    this.#transactions = new Transactions(flow, stage)
    this.#held = [new Gathered(65_537 + 4096, stage.budget), new Gathered(65_537 + 4096, stage.budget)]
  }

  seen(fromSource: boolean, bytes: Uint8Array, from: number, to: number): void {
    const held = this.#held[fromSource ? 0 : 1]
    for (let at = from; at < to && !this.done; at += 4096) {
      if (!held.add(bytes, at, Math.min(to, at + 4096))) {
        this.end()
        return
      }
      let read = 0
      while (held.length - read >= 2 && held.length - read - 2 >= u16(held.bytes, read)) {
        const size = u16(held.bytes, read)
        if (!this.#transactions.message(fromSource, held.bytes, read + 2, read + 2 + size)) {
          this.end()
          return
        }
        this.name = 'dns'
        read += 2 + size
      }
      if (read > 0) held.drop(read)
    }
  }

  gap(): void {
    this.end()
  }

  end(): void {
    this.#transactions.end()
    this.#held[0].free()
    this.#held[1].free()
    this.done = true
  }
}
