import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openState } from '../state/state.ts'
import { intelCommand } from './intel.ts'

test('picket intel without a server: import, list, match, remove', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-intel-cli-'))
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
    for (const each of [command, ...command.commands]) each.exitOverride()
    await command.parseAsync([...given, '--data', folder], { from: 'user' })
    return text
  }
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  assert.match(await run('list'), /no such indicators/)
  const list = file('list.txt', '# bad\nevil[.]example[.]com\n198.51.100.0/24\n192.0.2.1:443\n<>\n')
  const said = await run('import', list, '--name', 'Report 7')
  assert.match(
    said,
    /3 indicators read, 3 of them new, in Report 7; 1 line or object could not be used:\n {2}line 5: no value that is known: <>/
  )
  const csv = file('t.csv', 'when,what\n2024-01-01,bad.example.org\n')
  const table = JSON.parse(await run('import', csv, '--column', 'what', '--json'))
  assert.deepEqual([table.feed, table.read, table.added], ['Own indicators', 1, 1])
  await assert.rejects(run('import', join(folder, 'none')), /there is no file/)

  const bundle = file(
    'b.json',
    JSON.stringify({
      type: 'bundle',
      objects: [
        {
          type: 'indicator',
          id: 'indicator--00000000-0000-4000-8000-000000000001',
          modified: '2024-01-01T00:00:00Z',
          pattern_type: 'stix',
          pattern: "[ipv4-addr:value = '203.0.113.7'] FOLLOWEDBY [ipv4-addr:value = '203.0.113.8']"
        }
      ]
    })
  )
  assert.match(
    await run('import', bundle),
    /1 indicator read, 1 of them new, in Own indicators; to know:\n {2}indicator--\S+: it needs 2 observations in their order/
  )
  await run('remove', "[ipv4-addr:value = '203.0.113.7'] FOLLOWEDBY [ipv4-addr:value = '203.0.113.8']")

  const all = await run('list')
  assert.match(all, /cidr +198\.51\.100\.0\/24/)
  assert.match(all, /ip +192\.0\.2\.1 port 443/)
  assert.equal((await run('list', '--type', 'domain', '--feed', 'Report 7', '--json')).trim().split('\n').length, 1)
  await assert.rejects(run('list', '--feed', 'nothing'), /there is no feed nothing/)

  assert.match(await run('match', 'hxxp://www[.]evil[.]example[.]com/x'), /domain +evil\.example\.com/)
  assert.equal(process.exitCode, undefined)
  const [known] = (await run('match', '198.51.100.77', '--json'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(
    known.indicators.map((each: { value: string }) => each.value),
    ['198.51.100.0/24']
  )
  assert.match(await run('match', '203.0.113.1'), /no indicator means it/)
  assert.equal(process.exitCode, 1)

  assert.match(await run('remove', 'evil[.]example[.]com'), /removed domain evil\.example\.com of Report 7/)
  await assert.rejects(run('remove', 'evil.example.com'), /is no indicator here/)
  await assert.rejects(run('remove'), /name the values to remove/)
  assert.match(await run('remove', '--feed', 'Report 7'), /2 indicators removed/)
  assert.equal((await run('list', '--json')).trim().split('\n').length, 1)
})
