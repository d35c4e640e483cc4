/** Folders with everything in them that a folder can have. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { planFiles, type WalkProblem, walk } from './walk.ts'

const folder = await mkdtemp(join(tmpdir(), 'picket-walk-'))
after(() => rm(folder, { recursive: true }))

async function walked(paths: string[]): Promise<[string[], WalkProblem[]]> {
  const files: string[] = []
  const problems: WalkProblem[] = []
  for await (const file of walk(paths, { onProblem: problem => problems.push(problem) })) {
    files.push(file.path.replace(`${folder}/`, ''))
  }
  return [files, problems]
}

test('files sorted by name, links followed once, loops ended, the unreadable told', async () => {
  await mkdir(join(folder, 'b/deep'), { recursive: true })
  await writeFile(join(folder, 'b/deep/z.log'), '12345')
  await writeFile(join(folder, 'b/a.log'), '1')
  await writeFile(join(folder, 'A.log'), '12')
  await writeFile(Buffer.concat([Buffer.from(`${folder}/c`), Buffer.from([0xff, 0xfe])]), '123')
  await symlink('..', join(folder, 'b/up'))
  await symlink('a.log', join(folder, 'b/b-link'))
  await link(join(folder, 'b/a.log'), join(folder, 'b/c-link'))
  await symlink('nowhere', join(folder, 'd-dangling'))
  execFileSync('mkfifo', [join(folder, 'e-pipe')])
  const [files, problems] = await walked([folder])
  assert.deepEqual(files, ['A.log', 'b/a.log', 'b/deep/z.log', 'c\ufffd\ufffd'])
  assert.deepEqual(
    problems.map(({ path, reason }) => [path.replace(`${folder}/`, ''), reason]),
    [
      ['d-dangling', 'no such file or folder'],
      ['e-pipe', 'neither a file nor a folder']
    ]
  )
  const plan = await planFiles([folder, join(folder, 'nothing')])
  assert.deepEqual([plan.files, plan.bytes, plan.problems.length], [4, 11, 3])
})

test('what is named twice is read twice; a dash is standard input', async () => {
  const path = join(folder, 'A.log')
  assert.deepEqual((await walked([path, '-', path]))[0], ['A.log', '-', 'A.log'])
})

test('a folder without permission is told', { skip: process.getuid?.() === 0 }, async () => {
  const closed = join(folder, 'closed')
  await mkdir(closed)
  await chmod(closed, 0)
  assert.deepEqual((await walked([closed]))[1], [{ path: closed, reason: 'permission denied' }])
  await chmod(closed, 0o700)
})
