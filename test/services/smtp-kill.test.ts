/**
 * Picket is killed with -9 while clients send mail and try again what they were not told was kept; then it starts again. Every mail is there once, and what is
 * counted agrees.
 */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, type TestContext, test } from 'node:test'
import { freePort } from '../../src/testing/free-port.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab, type Running, sleep } from '../faults/lab.ts'
import { type LossyWay, lossyWay } from './lossy-way.ts'
import { diskToFill, eventsAsked, killsFor } from './while-sending.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'
const lab = new Lab()
after(() => lab.close({ keep: false }))

const mails = eventsAsked(2000)
const clients = 8
const kills = Math.max(4, killsFor(mails))

/** One connection: sends mails as long as it lives. True once all that it was given was acknowledged. */
function send(port: number, waiting: number[], acknowledged: Set<number>): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.setTimeout(20_000, () => socket.destroy())
    let text = ''
    let step = 0
    let current: number | undefined
    socket.on('error', () => {})
    // What was not acknowledged is sent again, over a new connection.
    socket.on('close', () => {
      if (current !== undefined) waiting.push(current)
      resolve()
    })
    const next = (): void => {
      current = waiting.pop()
      if (current === undefined) {
        step = 6
        socket.end('QUIT\r\n')
        return
      }
      socket.write(`MAIL FROM:<s${current % 50}@sender.example>\r\n`)
      step = 2
    }
    socket.on('data', data => {
      text += data.toString('latin1')
      for (
        let match = /^(?:\d{3}-[^\n]*\n)*(\d{3}) [^\n]*\n/.exec(text);
        match !== null;
        match = /^(?:\d{3}-[^\n]*\n)*(\d{3}) [^\n]*\n/.exec(text)
      ) {
        text = text.slice(match[0].length)
        const code = Number(match[1])
        if (code >= 400) {
          socket.destroy()
          return
        }
        if (step === 0) {
          socket.write('EHLO client.sender.example\r\n')
          step = 1
        } else if (step === 1) next()
        else if (step === 2) {
          socket.write('RCPT TO:<b@own.example>\r\n')
          step = 3
        } else if (step === 3) {
          socket.write('DATA\r\n')
          step = 4
        } else if (step === 4) {
          socket.write(
            `From: S <s${current! % 50}@sender.example>\r\nTo: b@own.example\r\nSubject: mail ${current}\r\nMessage-ID: <${current}@sender.example>\r\n\r\n${'text '.repeat(200)}\r\n.\r\n`
          )
          step = 5
        } else if (step === 5) {
          acknowledged.add(current!)
          current = undefined
          next()
        }
      }
    })
  })
}

/** Sends all mails while `harm` is done; each is in the store then, once. `acknowledged`: how many are. */
async function sendWhile(
  t: TestContext,
  data: string,
  harm: (picket: Running, way: LossyWay, args: readonly string[], acknowledged: () => number) => Promise<Running>
): Promise<void> {
  const port = await freePort()
  const config = lab.path('smtp.yaml')
  writeFileSync(
    config,
    `server:\n  port: 0\nmail:\n  dns: false\n  domains: [own.example]\nsources:\n  - type: smtp\n    name: mx\n    host: 127.0.0.1\n    port: ${port}\n`
  )
  const args = ['--config', config]
  let picket = await lab.serve(data, { args })
  const waiting = Array.from({ length: mails }, (_, i) => i)
  const acknowledged = new Set<number>()
  let sending = true
  const way = await lossyWay(port)
  const work = Array.from({ length: clients }, async () => {
    while (sending && acknowledged.size < mails) {
      await send(way.port, waiting, acknowledged)
      await sleep(20)
    }
  })
  try {
    picket = await harm(picket, way, args, () => acknowledged.size)
    const endMs = performance.now() + 120_000 + mails * 10
    while (acknowledged.size < mails && performance.now() < endMs) await sleep(20)
  } finally {
    sending = false
  }
  await Promise.all(work)
  await way.close()
  assert.equal(acknowledged.size, mails)
  const count = async (): Promise<number> => {
    const { stdout } = await lab.run(['search', 'picket.source:mx | stats count()', '--json', '--data', data])
    return Number(/\d+/.exec(stdout.replaceAll(/[^\d]+/g, ' '))?.[0] ?? 0)
  }
  for (let tries = 0; tries < 60 + mails / 100 && (await count()) < mails; tries++) await sleep(500)
  await lab.stop(picket)
  await lab.inspect(data, async ({ store, ledger }) => {
    const [row] = await store.query<{ rows: string; subjects: string }>(
      `SELECT toString(count()) AS rows, toString(uniqExact(fields['email.subject'])) AS subjects FROM picket.events WHERE event_module = 'mail'`
    )
    const { totals, pending } = ledger.report()
    t.diagnostic(`${mails} sent; ${row!.rows} rows of ${row!.subjects} mails; ${JSON.stringify(totals)}`)
    assert.equal(Number(row!.subjects), mails, 'none is lost')
    assert.equal(Number(row!.rows), mails, 'none is there twice')
    assert.equal(pending, 0)
    assert.equal(totals.received, totals.stored + totals.deadLettered + totals.duplicates)
    assert.equal(totals.stored, mails)
  })
}

test(`${mails} mails while Picket is killed ${kills} times: none is lost, none is there twice`, {
  skip,
  timeout: 900_000
}, t => {
  const data = lab.newFolder('smtp')
  return sendWhile(t, data, async (first, way, args, acknowledged) => {
    let picket = first
    for (let kill = 0; kill < kills; kill++) {
      const until = Math.floor((mails * (kill + 1)) / (kills + 1))
      while (acknowledged() < until) await sleep(2)
      // The last answers are lost on their way: what they are for is durable, and comes again.
      way.loseAnswers()
      await sleep(400)
      picket.child.kill('SIGKILL')
      await picket.ended
      picket = await lab.serve(data, { args })
    }
    return picket
  })
})

test(`${mails} mails while not a byte is left on the disk for a while: none is lost, none is there twice`, {
  skip,
  timeout: 300_000
}, async t => {
  const disk = diskToFill(lab, t)
  if (disk === undefined) return
  await sendWhile(t, disk.data, async (picket, _way, _args, acknowledged) => {
    while (acknowledged() < mails / 4) await sleep(2)
    return disk.fill(picket)
  })
})
