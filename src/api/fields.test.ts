import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasEngine } from '../testing/real-store.ts'
import { testSearch } from '../testing/search-server.ts'
import { apiDocs } from './api-docs.ts'
import { fieldRoutes } from './fields.ts'
import { searchRoutes } from './search.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'

test('the fields that occur, and completion', { skip }, async () => {
  await using search = await testSearch(deps => [fieldRoutes(deps)])
  await search.store([
    { message: 'a', source: { ip: '192.0.2.1', bytes: 0 }, labels: { team: 'blue' }, event: { category: ['web'] } },
    { message: 'b', source: { ip: '192.0.2.2', bytes: 7 }, labels: { team: 'red team' } },
    { message: 'c', source: { ip: '192.0.2.2' } },
    { message: 'd' }
  ])
  const ask = async (path: string) => (await search.server.call('GET', path, undefined, search.viewer)).json
  const { fields, error } = await ask('/api/fields')
  assert.equal(error, undefined)
  const of = (name: string) => fields.find((field: { name: string }) => field.name === name)
  assert.deepEqual(of('source.ip'), { name: 'source.ip', type: 'ip', share: 0.75 })
  assert.deepEqual(of('source.bytes'), { name: 'source.bytes', type: 'number', share: 0.5 })
  assert.deepEqual(of('labels.team'), { name: 'labels.team', type: 'text', share: 0.5 })
  assert.equal(of('event.category').type, 'list')
  assert.equal(
    (await ask('/api/fields?q=message:a')).fields.find((f: { name: string }) => f.name === 'source.ip').share,
    1
  )

  const complete = async (q: string) => {
    const reply = await ask(`/api/complete?q=${encodeURIComponent(q)}`)
    return reply.items.map(
      (item: { insert?: string; label: string }) => `${q.slice(0, reply.from)}${item.insert ?? item.label}`
    )
  }
  assert.deepEqual(await complete('message:a and source.i'), ['message:a and source.ip:'])
  assert.deepEqual(await complete('source.ip:'), ['source.ip:192.0.2.2', 'source.ip:192.0.2.1'])
  assert.deepEqual(await complete('source.ip:192.0.2.1'), ['source.ip:192.0.2.1'])
  assert.deepEqual(await complete('labels.team:"RE'), ['labels.team:"red team"'])
  assert.deepEqual(await complete('| tim'), ['| timechart '])
  assert.ok((await complete('| stats count() by tea')).includes('| stats count() by labels.team'))
  assert.deepEqual(await complete('no.such.field:'), [])
})

test('the description of the API, as a page without scripts', async () => {
  const { testServer } = await import('./test-server.ts')
  await using server = await testServer({ routes: [apiDocs(), searchRoutes({ admission: {} } as never)] })
  await server.addTestUser('vera', 'viewer')
  const who = await server.signIn('vera')
  const page = await server.call('GET', '/api/docs', undefined, who)
  assert.match(page.headers['content-type']!, /text\/html/)
  assert.match(page.text, /<code>\/api\/search<\/code> Events that match, newest first/)
  assert.doesNotMatch(page.text, /<script|style=|undefined/)
  assert.equal((await server.call('GET', '/api/docs.css', undefined, who)).status, 200)
  assert.equal((await server.call('GET', '/api/docs')).status, 401)
})
