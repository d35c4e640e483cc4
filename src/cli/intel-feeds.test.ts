import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openState } from '../state/state.ts'
import { answeringServer, collectionOf } from '../testing/answering-server.ts'
import { intelCommand } from './intel.ts'

test('picket intel feeds without a server: add, run, list, remove', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-feeds-cli-'))
  const exitCode = process.exitCode
  t.after(() => {
    process.exitCode = exitCode
    rmSync(folder, { recursive: true, force: true })
  })
  openState(folder).close()
  const run = async (...given: string[]): Promise<string> => {
    let text = ''
    process.exitCode = undefined
    const command = intelCommand(more => {
      text += more
    })
    await command.parseAsync(['feeds', ...given, '--data', folder], { from: 'user' })
    return text
  }
  assert.match(await run(), /There are no feeds/)
  assert.match(await run('known'), /abuse\.ch URLhaus/)
  await assert.rejects(run('add', 'something'), /no well-known feed/)
  await assert.rejects(run('add', 'x', '--url', 'ftp://x'), /web address/)
  mkdirSync(join(folder, 'intel'))
  writeFileSync(join(folder, 'intel', 'list.csv'), 'when,what\n1,a.example\n2,b.example\n')
  await run('add', 'Mine', '--path', 'list.csv', '--column', 'what', '--level', 'high')
  assert.equal(await run('run', 'mine'), 'Mine: 2 indicators\n')
  assert.equal(process.exitCode, undefined)

  await using server = await answeringServer(collectionOf({ count: () => 5, pageSize: 2, names: true }))
  writeFileSync(join(folder, 'token'), 'very secret\n')
  await run(
    'add',
    'Friends',
    '--kind',
    'taxii',
    '--url',
    `${server.url}/taxii2/`,
    '--collection',
    'One',
    '--token-file',
    join(folder, 'token')
  )
  assert.equal(await run('run', 'Friends'), 'Friends: 5 indicators\n')
  assert.equal(server.asked.at(-1)!.headers.authorization, 'Bearer very secret')
  await assert.rejects(run('add', 'Friends', '--url', 'https://x.example/'), /already/)
  const list = await run()
  assert.match(list, /well +Friends +taxii +5 /)
  assert.ok(!(await run('--json')).includes('very secret'))
  await server[Symbol.asyncDispose]()
  const started = performance.now()
  const failed = run('run', 'Friends')
  assert.match(await failed, /ECONNREFUSED/)
  assert.equal(process.exitCode, 1)
  assert.ok(performance.now() - started > 10_000, 'it was tried again, patiently')
  assert.match(await run(), /failing +Friends +taxii +5 .*ECONNREFUSED/)
  assert.match(await run('remove', 'Friends'), /removed, with 5 indicators/)
  await assert.rejects(run('remove', 'Friends'), /there is no feed Friends; there are: Mine/)
})
