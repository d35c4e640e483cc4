/**
 * A gatekeeper and a main Picket, each a real process: records go in at the gate while both are killed again and again, and each is stored
 * once. And what the gate's process has open, and what its token opens.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chownSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readServerFile } from '../../src/platform/server-file.ts'
import { freePort } from '../../src/testing/free-port.ts'
import { hasEngine } from '../../src/testing/real-store.ts'
import { Lab, type Running } from '../faults/lab.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'
const root = fileURLToPath(new URL('../..', import.meta.url))

async function until(what: string, check: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const endMs = performance.now() + withinMs
  for (;;) {
    try {
      if (await check()) return
    } catch {
      // Nobody answers yet.
    }
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(50)
  }
}

/** A main Picket whose port stays, and a gate that hands over to it; both can be started again. */
async function lay(lab: Lab, more = '') {
  const [mainPort, healthPort, ingestPort, hecPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort()
  ])
  const main = lab.newFolder('main')
  const gate = lab.newFolder('gate')
  writeFileSync(join(main, 'picket.yaml'), `server: { port: ${mainPort} }\n`)
  const { stdout: token } = await lab.run(['token', 'create', 'gate-1', '--scope', 'gate', '--data', main])
  const { stdout } = await lab.run(['token', 'gate', 'sender', '--json'])
  const sender = JSON.parse(stdout) as { secret: string; sha256: string }
  writeFileSync(
    join(gate, 'picket.yaml'),
    `gate:
  main: http://127.0.0.1:${mainPort}
  token: \${GATE_TOKEN}
  port: ${healthPort}
  ingest: { host: 127.0.0.1, port: ${ingestPort} }
  tokens:
    - { name: sender, sha256: ${sender.sha256} }
sources:
  - { type: http, name: app }
  - { type: hec, name: splunk, host: 127.0.0.1, port: ${hecPort} }
${more}`
  )
  const ready = (): Promise<Response> => fetch(`http://127.0.0.1:${healthPort}/readyz`)
  return {
    main,
    gate,
    mainUrl: `http://127.0.0.1:${mainPort}`,
    ingestUrl: `http://127.0.0.1:${ingestPort}/api/ingest/app`,
    hecUrl: `http://127.0.0.1:${hecPort}/services/collector`,
    healthUrl: `http://127.0.0.1:${healthPort}`,
    token: token.trim(),
    sender: sender.secret,
    async startMain(): Promise<Running> {
      const running = lab.start(['serve', '--data', main])
      await until('the main Picket is there', () => {
        if (running.hasEnded) throw new Error(running.stderr)
        return readServerFile(main)?.pid === running.pid
      })
      return running
    },
    async startGate(): Promise<Running> {
      const running = lab.start(['serve', '--role', 'gate', '--data', gate], { env: { GATE_TOKEN: token.trim() } })
      await until(
        'the gate is there',
        async () => {
          if (running.hasEnded) throw new Error(running.stderr)
          return (await ready()).ok
        },
        20_000
      ).catch(error => {
        throw new Error(`${error}\n${running.stderr.slice(-2000)}`)
      })
      return running
    },
    async waiting(): Promise<number> {
      return ((await (await ready()).json()) as { waitingBytes: number }).waitingBytes
    }
  }
}

test('kill -9 of the gate and of the main Picket, each in the middle: nothing is lost, nothing twice', {
  skip,
  timeout: 240_000
}, async () => {
  const lab = new Lab()
  try {
    const place = await lay(lab)
    let gate = await place.startGate()
    // The main Picket is away at first: that is what a spool is for.
    let sent = 0
    let over = false
    const send = async (lane: number): Promise<void> => {
      for (let round = 0; !over; round++) {
        const body = Array.from({ length: 200 }, (_, i) =>
          JSON.stringify({ '@timestamp': '2026-03-02T10:00:00.000Z', message: `message ${lane} ${round} ${i}` })
        ).join('\n')
        // As a shipper: again until it was acknowledged, under the same name.
        for (;;) {
          try {
            const response = await fetch(place.ingestUrl, {
              method: 'POST',
              headers: { authorization: `Bearer ${place.sender}`, 'idempotency-key': `${lane}-${round}` },
              body
            })
            await response.text()
            if (response.ok) break
          } catch {
            // The gate was killed.
          }
          await sleep(50)
        }
        sent += 200
        await sleep(30)
      }
    }
    const sending = [send(0), send(1)]
    await sleep(1_500)
    let main = await place.startMain()
    for (const who of ['gate', 'main', 'gate', 'main', 'gate'] as const) {
      await sleep(1_500)
      if (who === 'gate') {
        gate.child.kill('SIGKILL')
        await gate.ended
        gate = await place.startGate()
      } else {
        main.child.kill('SIGKILL')
        await main.ended
        await sleep(300)
        main = await place.startMain()
      }
    }
    over = true
    await Promise.all(sending)
    assert.ok(sent > 5_000, `only ${sent} records were sent`)
    await until('all is handed over', async () => (await place.waiting()) === 0)
    await lab.stop(gate)
    const { url, token } = readServerFile(place.main)!
    await until('all is stored', async () => {
      const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
      return Number(/^picket_records_stored (\d+)/m.exec(await response.text())?.[1]) >= sent
    })
    await lab.stop(main)
    await lab.inspect(place.main, async ({ store, ledger }) => {
      const [row] = await store.query<{ rows: string; messages: string }>(
        "SELECT count() AS rows, uniqExact(message) AS messages FROM picket.events WHERE picket_source = 'app'"
      )
      assert.deepEqual([Number(row!.rows), Number(row!.messages)], [sent, sent], 'rows and different messages')
      const { received, stored, duplicates, deadLettered } = ledger.report().totals
      assert.equal(stored, sent)
      assert.equal(received, stored + duplicates + deadLettered)
    })
  } finally {
    await lab.close({ keep: false })
  }
})

test('what the gate cannot reach: no file of the main Picket is open, and its token opens nothing else', {
  skip: skip || (process.platform === 'linux' ? false : 'only Linux shows what a process has open'),
  timeout: 120_000
}, async t => {
  const lab = new Lab()
  let other: ReturnType<typeof spawn> | undefined
  try {
    const place = await lay(lab)
    const main = await place.startMain()
    const gate = await place.startGate()
    const response = await fetch(place.hecUrl, {
      method: 'POST',
      headers: { authorization: `Splunk ${place.sender}` },
      body: '{"event":"through the gate"}'
    })
    assert.equal(response.status, 200)
    await until('it is handed over', async () => (await place.waiting()) === 0)

    await t.test('its open files are its own', () => {
      const open = readdirSync(`/proc/${gate.pid}/fd`).flatMap(fd => {
        try {
          return [readlinkSync(`/proc/${gate.pid}/fd/${fd}`)]
        } catch {
          return []
        }
      })
      assert.ok(
        open.some(path => path.startsWith(join(place.gate, 'spool'))),
        'it has its spool open'
      )
      assert.deepEqual(
        open.filter(path => path.startsWith(place.main) || /picket\.db|intel\.db|signing-key|\/store\//.test(path)),
        []
      )
      const maps = readFileSync(`/proc/${gate.pid}/maps`, 'utf8')
      assert.doesNotMatch(maps, /chdb|ffi/i, 'the engine is not loaded')
      const ours = readdirSync(place.gate).sort()
      assert.deepEqual(
        ours.filter(name => !name.startsWith('gate.db')),
        ['picket.yaml', 'spool']
      )
    })

    await t.test(
      'its token searches nothing, brings nothing in but by the gate, and administrates nothing',
      async () => {
        const call = async (method: string, path: string, token = place.token): Promise<number> => {
          const answer = await fetch(`${place.mainUrl}${path}`, {
            method,
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            ...(method === 'GET' ? {} : { body: '{}' })
          })
          await answer.text()
          return answer.status
        }
        const described = await fetch(`${place.mainUrl}/api/openapi.json`, {
          headers: { authorization: `Bearer ${place.token}` }
        })
        const { paths } = (await described.json()) as { paths: Record<string, Record<string, unknown>> }
        let refused = 0
        const open: string[] = []
        for (const [path, methods] of Object.entries(paths))
          for (const method of Object.keys(methods)) {
            const status = await call(method.toUpperCase(), path.replace(/\{[^}]+\}/g, '1'))
            if (status === 403) refused++
            else open.push(`${method} ${path} ${status}`)
          }
        assert.ok(refused > 100, `only ${refused} routes refused it`)
        // What strangers may call, too; the description itself; and its own two.
        assert.deepEqual(open.sort(), [
          'get /api/docs 200',
          'get /api/gate/position 400',
          'get /api/openapi.json 200',
          'get /api/setup 200',
          'get /healthz 200',
          'get /readyz 200',
          'post /api/gate/chunks 400',
          'post /api/session 400',
          'post /api/setup 400'
        ])
        assert.equal(await call('GET', '/api/gate/position?gate=00000000-0000-0000-0000-000000000000'), 200)
        assert.equal(
          await call('GET', '/api/gate/position?gate=00000000-0000-0000-0000-000000000000', place.sender),
          401,
          'and what senders have is nothing at the main Picket'
        )
      }
    )

    await t.test('senders without a token of the gate are refused, and so is the gate’s own token', async () => {
      for (const token of ['pkt_wrong', place.token]) {
        const answer = await fetch(place.ingestUrl, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
          body: 'x\n'
        })
        assert.equal(answer.status, 403)
      }
      assert.equal((await fetch(place.ingestUrl, { method: 'POST', body: 'x\n' })).status, 401)
    })

    await t.test('it says how it is, on loopback', async () => {
      assert.deepEqual(await (await fetch(`${place.healthUrl}/healthz`)).json(), { ok: true })
      const text = await (await fetch(`${place.healthUrl}/metrics`)).text()
      assert.match(text, /^picket_gate_handed_over_chunks [1-9]/m)
      await lab.stop(main)
      await until('the trouble is told', async () =>
        /cannot reach the main Picket/.test(await (await fetch(`${place.healthUrl}/readyz`)).text())
      )
      assert.equal((await fetch(`${place.healthUrl}/readyz`)).status, 200, 'it goes on taking records')
    })
    await lab.stop(gate)

    await t.test(
      'as a user of its own, it cannot even read the folder of the main Picket',
      { skip: process.getuid?.() === 0 ? false : 'only root can be somebody else' },
      async () => {
        const nobody = 65_534
        const folder = join('/tmp', `picket-gate-nobody-${process.pid}`)
        mkdirSync(folder, { mode: 0o700 })
        try {
          const port = await freePort()
          writeFileSync(
            join(folder, 'picket.yaml'),
            `gate: { main: 'http://127.0.0.1:1', token: x, port: ${port} }\nsources:\n  - { type: files, name: spy, paths: ['${place.main}/**'] }\n`
          )
          chownSync(folder, nobody, nobody)
          chownSync(join(folder, 'picket.yaml'), nobody, nobody)
          const child = spawn(
            process.execPath,
            [join(root, 'src/main.ts'), 'serve', '--role', 'gate', '--data', folder],
            {
              uid: nobody,
              gid: nobody,
              stdio: ['ignore', 'ignore', 'pipe'],
              cwd: '/',
              env: { PATH: process.env['PATH'] }
            }
          )
          other = child
          let said = ''
          child.stderr!.on('data', part => {
            said += String(part)
          })
          await until('it runs', async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, 20_000).catch(
            error => {
              throw new Error(`${error}\n${said}`)
            }
          )
          await until('it says that it may not', () => /EACCES|permission/i.test(said))
          const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
          assert.match(text, /^picket_gate_records 0$/m)
        } finally {
          other?.kill('SIGKILL')
          const { rmSync } = await import('node:fs')
          rmSync(folder, { recursive: true, force: true })
        }
      }
    )
  } finally {
    await lab.close({ keep: false })
  }
})

test('a main Picket’s folder is no gate’s, and a token is not sent over a network in the clear', {
  timeout: 60_000
}, async () => {
  const lab = new Lab()
  try {
    const data = lab.newFolder('data')
    const run = async (): Promise<string> => {
      const { code, stderr } = await lab.start(['serve', '--role', 'gate', '--data', data]).ended
      assert.equal(code, 1)
      return stderr
    }
    writeFileSync(join(data, 'picket.yaml'), 'sources: []\n')
    assert.match(await run(), /has no section `gate`/)
    writeFileSync(join(data, 'picket.yaml'), 'gate: { main: "http://picket.example.org", token: x, port: 0 }\n')
    assert.match(await run(), /must be https/)
    writeFileSync(join(data, 'picket.db'), '')
    assert.match(await run(), /is the data folder of a main Picket/)
  } finally {
    await lab.close({ keep: false })
  }
})
