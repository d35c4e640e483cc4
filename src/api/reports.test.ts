/** Reports through the API, over a real store: made, listed, downloaded, planned, refused. */

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { keepDashboard } from '../state/dashboards.ts'
import { listAttempts, listMessages } from '../state/outbox-log.ts'
import { testNotifier, until } from '../testing/notify-lab.ts'
import { hasEngine } from '../testing/real-store.ts'
import { testSearch } from '../testing/search-server.ts'
import { dashboardRoutes } from './dashboards.ts'
import { keepMailServer, readMailServer } from './notification-settings.ts'
import { openReportDesk, type ReportDesk } from './report-desk.ts'
import { reportRoutes } from './reports.ts'

test('reports', { skip: !hasEngine() }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-reports-'))
  let desk: ReportDesk | undefined
  await using search = await testSearch(deps => {
    desk = openReportDesk({ ...deps, folder: join(folder, 'reports'), log: { warn() {}, info() {} } })
    return [reportRoutes({ state: deps.state, desk }), dashboardRoutes(deps)]
  })
  t.after(() => {
    desk?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const { server, viewer, analyst } = search
  const evil = '<img src=x onerror=alert(1)>'
  await search.store(
    Array.from({ length: 30 }, (_, at) => ({
      event: { category: ['authentication'], outcome: at % 3 === 0 ? 'failure' : 'success', dataset: 'test.logins' },
      user: { name: at % 2 === 0 ? 'anna' : evil },
      source: { ip: `10.0.0.${at % 5}` }
    }))
  )
  const make = (body: Record<string, unknown>, who = viewer) => server.call('POST', '/api/reports', body, who)
  const asked = { dashboard: 'authentication', title: 'Logins', customer: 'A & B', timezone: 'Europe/Berlin' }

  await t.test('a dashboard as HTML holds what its searches found, escaped', async () => {
    const made = await make({ ...asked, format: 'html' })
    assert.equal(made.status, 200, made.text)
    assert.match(made.json.file, /^2026-03-01-logins-[0-9a-f]{6}\.html$/)
    const file = await server.call('GET', `/api/reports/${made.json.id}/file`, undefined, viewer)
    assert.match(file.headers['content-disposition'] ?? '', /^attachment; filename="2026/)
    assert.ok(file.text.includes('A &amp; B') && file.text.includes('anna') && file.text.includes('10.0.0.4'))
    assert.ok(!file.text.includes('<img'))
    assert.ok(file.text.includes('2026-02-28 13:00 – 2026-03-01 13:00 (Europe/Berlin)'), 'the range of the dashboard')
    assert.ok(!file.text.includes('class="problem"'), 'a panel failed')
  })

  await t.test('a search as PDF; a filter narrows; a search that fails says so in its place', async () => {
    const pdf = await make({ query: 'event.outcome:failure', title: 'Failures', from: '-7d', format: 'pdf' })
    assert.equal(pdf.status, 200, server.lines.filter(line => line.includes('failed')).join())
    assert.equal(readdirSync(desk!.folder).filter(name => name.endsWith('.pdf')).length, 1)
    const panel = {
      id: 'a',
      title: 'N',
      query: '| stats count() as n',
      view: 'single',
      x: 0,
      y: 0,
      w: 3,
      h: 3,
      options: {}
    }
    keepDashboard(server.state, {
      name: 'mine',
      document: {
        picket: 'dashboard/1',
        name: 'mine',
        title: 'Mine',
        panels: [panel, { ...panel, id: 'b', query: 'user.name:(' }]
      },
      revision: 0,
      updatedMs: 0,
      by: ''
    })
    const made = await make({
      dashboard: 'mine',
      title: 'Mine',
      filter: 'user.name:anna',
      from: '-24h',
      format: 'html'
    })
    const { text } = await server.call('GET', `/api/reports/${made.json.id}/file`, undefined, viewer)
    assert.ok(text.includes('>15<'), 'the filter did not narrow')
    assert.ok(text.includes('class="problem"'))
  })

  await t.test('what is no report is refused', async () => {
    for (const [body, status] of [
      [{ ...asked, format: 'docx' }, 400],
      [{ ...asked, format: 'pdf', query: 'x' }, 400],
      [{ title: 'x', format: 'pdf' }, 400],
      [{ ...asked, format: 'pdf', timezone: 'Mars/Base' }, 400],
      [{ ...asked, format: 'pdf', from: 'someday' }, 400],
      [{ ...asked, format: 'pdf', dashboard: 'none' }, 404]
    ] as const)
      assert.equal((await make(body)).status, status, JSON.stringify(body))
    assert.equal((await server.call('GET', '/api/reports/0000000000000000/file', undefined, viewer)).status, 404)
    assert.equal((await server.call('GET', '/api/reports/..%2f..%2fpicket.db/file', undefined, viewer)).status, 400)
  })

  await t.test('planned reports know their next time; viewers plan and remove none', async () => {
    const plan = { cron: '0 6 * * 1', timezone: 'Europe/Berlin', report: { ...asked, format: 'pdf' } }
    const put = (body: unknown, who = analyst) => server.call('PUT', '/api/reports/schedules/weekly', body, who)
    assert.equal((await put(plan, viewer)).status, 403)
    assert.equal((await put({ ...plan, cron: '* * * *  oops' })).json.error.code, 'bad-cron')
    assert.equal((await put({ ...plan, cron: '* * * * * *' })).json.error.code, 'bad-cron', 'every second')
    const kept = await put(plan)
    assert.match(kept.json.next, /T0[45]:00:00\.000Z$/)
    const { json } = await server.call('GET', '/api/reports', undefined, viewer)
    assert.deepEqual(
      json.schedules.map((each: { name: string; cron: string }) => [each.name, each.cron]),
      [['weekly', '0 6 * * 1']]
    )
    assert.equal(json.reports.length, 3)
    const { id, file } = json.reports[0]
    assert.equal((await server.call('DELETE', `/api/reports/${id}`, undefined, viewer)).status, 403)
    assert.equal((await server.call('DELETE', `/api/reports/${id}`, undefined, analyst)).status, 200)
    assert.ok(!existsSync(join(desk!.folder, file)))
    assert.equal((await server.call('DELETE', '/api/reports/schedules/weekly', undefined, analyst)).status, 200)
    assert.equal(desk!.next('weekly'), undefined)
  })

  await t.test(
    'by mail: through the outbox, again where the server was away; refused without one, and to viewers',
    async () => {
      const arrived: string[] = []
      let away = true
      const smtp = new SMTPServer({
        authOptional: true,
        disabledCommands: ['STARTTLS'],
        onMailFrom: (_from, _session, done) =>
          away ? done(Object.assign(new Error('later'), { responseCode: 451 })) : done(),
        onData(stream, _session, done) {
          let text = ''
          stream.on('data', part => {
            text += String(part)
          })
          stream.on('end', () => {
            arrived.push(text)
            done()
          })
        }
      })
      await new Promise<void>(resolve => smtp.listen(0, '127.0.0.1', () => resolve()))
      const { port } = smtp.server.address() as { port: number }
      const mailed = { ...asked, format: 'html', mailTo: ['anna@example.org'] }
      assert.equal((await make(mailed)).status, 403)
      assert.equal((await make(mailed, analyst)).json.error.code, 'no-mail-server')
      assert.equal((await make({ ...mailed, mailTo: ['a@b, c@d'] }, analyst)).status, 400)
      const server_ = { host: '127.0.0.1', port, security: 'none' as const, user: '', from: 'picket@example.org' }
      keepMailServer(server.state, server_, undefined)
      let nowMs = Date.now()
      const notifier = testNotifier(server.state, () => [], {
        nowMs: () => nowMs,
        mailServer: () => readMailServer(server.state),
        reportsFolder: desk!.folder
      })
      const made = await make(mailed, analyst)
      assert.equal(made.status, 200, made.text)
      assert.equal(made.json.mail, 'waiting')
      const state = async (): Promise<string> =>
        (await server.call('GET', '/api/reports', undefined, viewer)).json.reports.find(
          (each: { id: string }) => each.id === made.json.id
        ).mail
      await until(() => listAttempts(server.state, {}, 1)[0]?.result === 'transient')
      away = false
      nowMs += 1000
      await until(() => arrived.length === 1)
      await until(() => listAttempts(server.state, {}, 1)[0]?.result === 'sent')
      assert.equal(await state(), 'sent')
      assert.match(arrived[0]!, /^Subject: Logins\r$/m)
      assert.match(arrived[0]!, /filename=2026-03-01-logins-[0-9a-f]{6}\.html/)
      await notifier.close()
      // A file that is gone cannot be sent: it is dead, with the reason.
      const lost = await make(mailed, analyst)
      rmSync(join(desk!.folder, lost.json.file))
      const later = testNotifier(server.state, () => [], {
        mailServer: () => readMailServer(server.state),
        reportsFolder: desk!.folder
      })
      await until(() => listMessages(server.state, { state: 'dead' }, 1).length === 1)
      assert.match(listMessages(server.state, { state: 'dead' }, 1)[0]!.reason, /no longer in the folder of reports/)
      await later.close()
      await new Promise<void>(resolve => smtp.close(() => resolve()))
    }
  )
})
