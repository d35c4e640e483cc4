/** Who has sent mail before: addresses and domains, as hashes, in the state file. The oldest go when there are too many. */

import { hash } from 'node:crypto'
import { prepared } from './prepared.ts'
import type { State } from './state.ts'

export const mailSendersSchema = `
  CREATE TABLE mail_senders (
    sender BLOB PRIMARY KEY,
    last INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mail_senders_last ON mail_senders (last);`

export const sendersMax = 1_000_000

export type MailSenders = {
  has(sender: string): boolean
  /** All in one transaction. */
  saw(senders: ReadonlySet<string>, nowMs: number): void
}

export function mailSenders(state: State, most = sendersMax): MailSenders {
  const find = prepared(state, 'SELECT 1 FROM mail_senders WHERE sender = ?')
  const put = prepared(
    state,
    'INSERT INTO mail_senders (sender, last) VALUES (?, ?) ON CONFLICT DO UPDATE SET last = excluded.last WHERE last < excluded.last - 86400'
  )
  const count = prepared(state, 'SELECT count(*) AS n FROM mail_senders')
  const forget = prepared(
    state,
    'DELETE FROM mail_senders WHERE sender IN (SELECT sender FROM mail_senders ORDER BY last LIMIT ?)'
  )
  let untilCount = 0
  return {
    has: sender => find.get(keyOf(sender)) !== undefined,
    saw(senders, nowMs) {
      if (senders.size === 0) return
      state.transaction(() => {
        for (const sender of senders) put.run(keyOf(sender), Math.floor(nowMs / 1000))
        untilCount -= senders.size
        if (untilCount > 0) return
        const there = Number(count.get()?.['n'])
        if (there > most) forget.run(there - most + Math.floor(most / 100))
        untilCount = Math.ceil(most / 100)
      })
    }
  }
}

function keyOf(sender: string): Uint8Array {
  return new Uint8Array(hash('sha256', sender, 'buffer').subarray(0, 12))
}
