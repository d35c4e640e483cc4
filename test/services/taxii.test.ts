/**
 * TAXII 2.1 held against programs of others, by OASIS's own people: our client against the server `medallion`, our server against the client
 * `taxii2-client`. Both come from PyPI into a temporary folder (kept for the next time); without Python or PyPI, nothing is tested.
 */

import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { taxiiRoutes } from '../../src/api/taxii.ts'
import { testServer } from '../../src/api/test-server.ts'
import { runFeed } from '../../src/pipeline/feed-run.ts'
import { addToken } from '../../src/state/api-tokens.ts'
import { memoryIntel } from '../../src/state/intel.ts'
import { addFeed, feedOf } from '../../src/state/intel-feeds.ts'
import { eachIndicator } from '../../src/state/intel-indicators.ts'
import { addCollection, setGrant } from '../../src/state/intel-shared.ts'
import { addedAt, stixIndicator } from '../../src/testing/answering-server.ts'
import { freePort } from '../../src/testing/free-port.ts'

const run = promisify(execFile)
const folder = join(tmpdir(), `picket-taxii-venv-${process.getuid?.() ?? 0}`)
const python = join(folder, 'bin', 'python')

/** Why it cannot be tested here, or false. */
async function prepare(): Promise<string | false> {
  try {
    if (!existsSync(join(folder, 'ready'))) {
      await run('python3', ['-m', 'venv', folder], { timeout: 60_000 })
      await run(python, ['-m', 'pip', 'install', '--quiet', 'taxii2-client==2.3.0', 'medallion==3.0.0'], {
        timeout: 120_000
      })
      writeFileSync(join(folder, 'ready'), '')
    }
    await run(python, ['-c', 'import taxii2client.v21, medallion'], { timeout: 30_000 })
    return false
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1)
    return `taxii2-client and medallion cannot be had: ${said || (error as Error).message.split('\n')[0]}`
  }
}

const reason = await prepare()
if (reason !== false) console.log(`TAXII is not tested against others: ${reason}`)

test('our client reads a collection of medallion, and then only what is new', {
  skip: reason,
  timeout: 120_000
}, async t => {
  const work = mkdtempSync(join(tmpdir(), 'picket-medallion-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const collection = '91a7b528-80eb-42ed-a74d-c6fbd5a26116'
  const versions = [
    ...Array.from({ length: 65 }, (_, n) => stixIndicator(n)),
    stixIndicator(3, { modified: '2026-05-01T00:00:00.000Z', pattern: "[domain-name:value = 'new3.example']" }),
    stixIndicator(4, { modified: '2026-05-01T00:00:00.000Z', revoked: true })
  ]
  const data = {
    '/discovery': { title: 'Medallion', default: `${url}/trustgroup1/`, api_roots: [`${url}/trustgroup1/`] },
    trustgroup1: {
      information: { title: 'One', versions: ['application/taxii+json;version=2.1'], max_content_length: 9_765_625 },
      status: [],
      collections: [
        {
          id: collection,
          title: 'High value',
          can_read: true,
          can_write: true,
          media_types: ['application/stix+json;version=2.1'],
          objects: versions,
          manifest: versions.map(({ id, modified }, n) => ({
            id,
            version: modified,
            date_added: addedAt(n),
            media_type: 'application/stix+json;version=2.1'
          }))
        }
      ]
    }
  }
  writeFileSync(join(work, 'data.json'), JSON.stringify(data))
  writeFileSync(
    join(work, 'config.json'),
    JSON.stringify({
      backend: {
        module: 'medallion.backends.memory_backend',
        module_class: 'MemoryBackend',
        filename: join(work, 'data.json')
      },
      users: { anna: 'a long walk' },
      taxii: { max_page_size: 20 }
    })
  )
  const child: ChildProcess = spawn(
    python,
    ['-m', 'medallion.scripts.run', '--host', '127.0.0.1', '--port', String(port), join(work, 'config.json')],
    { stdio: 'ignore' }
  )
  t.after(() => {
    child.kill('SIGKILL')
    rmSync(work, { recursive: true, force: true })
  })
  const basic = `Basic ${Buffer.from('anna:a long walk').toString('base64')}`
  const headers = { authorization: basic, accept: 'application/taxii+json;version=2.1' }
  for (let tries = 0; ; tries++) {
    assert.ok(tries < 150, 'medallion does not answer')
    const answers = await fetch(`${url}/taxii2/`, { headers }).then(
      ({ ok }) => ok,
      () => false
    )
    if (answers) break
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  const intel = memoryIntel()
  const credentials = { kind: 'basic', user: 'anna', password: 'a long walk' }
  const { id } = addFeed(
    intel,
    { name: 'medallion', settings: { kind: 'taxii', url: `${url}/taxii2/`, credentials }, enabled: true, by: 'test' },
    0
  )!
  const runOnce = () =>
    runFeed(id, {
      intel,
      folder: work,
      signal: new AbortController().signal,
      nowMs: Date.now,
      sleep: async () => {},
      chance: () => 0,
      log: () => {}
    })
  const values = () => [...eachIndicator(intel, 0)].map(({ value }) => value).sort()
  const first = await runOnce()
  assert.equal(first.problem, '')
  const expected = Array.from({ length: 65 }, (_, n) => (n === 3 ? 'new3.example' : `d${n}.example`)).filter(
    name => name !== 'd4.example'
  )
  assert.deepEqual(values(), expected.sort())
  assert.ok((first.counts.requests ?? 0) >= 4, 'in pages')
  assert.equal((await runOnce()).counts.read, 0)
  const added = await fetch(`${url}/trustgroup1/collections/${collection}/objects/`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/taxii+json;version=2.1' },
    body: JSON.stringify({ objects: [stixIndicator(100)] })
  })
  assert.equal(added.status, 202)
  const second = await runOnce()
  assert.deepEqual([second.problem, second.counts.added], ['', 1])
  assert.ok(values().includes('d100.example'))
  intel.db
    .prepare('UPDATE feeds SET settings = ?')
    .run(JSON.stringify({ kind: 'taxii', url: `${url}/taxii2/`, credentials: { ...credentials, password: 'wrong' } }))
  assert.match((await runOnce()).problem, /401.*check the user and password/)
  assert.equal(feedOf(intel, id)!.indicators, 65)
})

/** What a user of the client does, printed as JSON. */
const script = `
import json, sys, time
from taxii2client.v21 import Server, Collection, as_pages
url, secret, path = sys.argv[1:4]
objects = json.load(open(path))
server = Server(url, user="anybody", password=secret)
root = server.default
collection = root.collections[0]
status = collection.add_objects({"objects": objects}, wait_for_completion=True)
pages = [len(page.get("objects", [])) for page in as_pages(collection.get_objects, per_request=10)]
manifests = [m["id"] for page in as_pages(collection.get_manifest, per_request=10) for m in page.get("objects", [])]
one = objects[0]["id"]
out = {
  "title": server.title, "root": root.title, "max": root.max_content_length, "collection": collection.title,
  "read": collection.can_read, "write": collection.can_write,
  "status": [status.status, status.success_count, status.failure_count],
  "pages": pages, "manifests": len(manifests), "different": len(set(manifests)),
  "one": [o["id"] for o in collection.get_object(one)["objects"]],
  "types": len(collection.get_objects(type="malware").get("objects", [])),
  "all": len(collection.get_objects(id=one, version="all")["objects"]),
  "versions": collection.object_versions(one)["versions"],
}
collection.delete_object(one)
try:
  collection.get_object(one)
  out["gone"] = False
except Exception as error:
  out["gone"] = "404" in str(error)
print(json.dumps(out))
`

test('taxii2-client uses our server', { skip: reason, timeout: 120_000 }, async t => {
  const work = mkdtempSync(join(tmpdir(), 'picket-taxii-client-'))
  t.after(() => rmSync(work, { recursive: true, force: true }))
  const intel = memoryIntel()
  await using server = await testServer({ routes: [taxiiRoutes({ intel, nowMs: Date.now })] })
  const { token, secret } = addToken(
    server.state,
    { name: 'peer', scopes: ['taxii'], userId: undefined, expiresMs: undefined },
    0
  )!
  const fields = { title: 'Shared', description: '', feeds: [], sightings: false, confidenceMin: 0 }
  const collection = addCollection(intel, fields, 'test', 0)!
  setGrant(intel, collection.id, { token: token.id, mayRead: true, mayWrite: true })
  const objects = [
    ...Array.from({ length: 24 }, (_, n) => stixIndicator(n)),
    stixIndicator(0, { modified: '2026-05-01T00:00:00.000Z' }),
    { ...stixIndicator(50), type: 'malware', id: 'malware--00000000-0000-4000-8000-000000000050' }
  ]
  writeFileSync(join(work, 'objects.json'), JSON.stringify(objects))
  writeFileSync(join(work, 'client.py'), script)
  const { stdout } = await run(
    python,
    [join(work, 'client.py'), `${server.address}/taxii2/`, secret, join(work, 'objects.json')],
    {
      timeout: 60_000
    }
  )
  assert.deepEqual(JSON.parse(stdout), {
    title: 'Picket',
    root: 'Picket',
    max: 10 << 20,
    collection: 'Shared',
    read: true,
    write: true,
    status: ['complete', 26, 0],
    pages: [10, 10, 5],
    manifests: 25,
    different: 25,
    one: [objects[0]!.id],
    types: 1,
    all: 2,
    versions: ['2026-01-01T00:00:00.000000Z', '2026-05-01T00:00:00.000000Z'],
    gone: true
  })
})
