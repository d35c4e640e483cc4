/** What a feed's server or folder gives, as texts: unpacked where it is packed (gzip, zstd, ZIP), within bounds. */

import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'
import { messageOf } from '../../core/errors.ts'
import { bytesMaxDefault, FeedError } from './request.ts'

export type NamedText = { readonly name: string; readonly text: string }

const filesMax = 2000

/** The texts in a body: one, or those of an archive. */
export async function textsIn(name: string, body: Buffer, bytesMax = bytesMaxDefault): Promise<NamedText[]> {
  try {
    if (body[0] === 0x1f && body[1] === 0x8b)
      return [{ name, text: gunzipSync(body, { maxOutputLength: bytesMax }).toString('utf8') }]
    if (body.length > 4 && body.readUInt32LE(0) === 0xfd2fb528)
      return [{ name, text: zstdDecompressSync(body, { maxOutputLength: bytesMax }).toString('utf8') }]
    if (body.length > 4 && body.readUInt32LE(0) === 0x04034b50) return await unzip(body, bytesMax)
  } catch (cause) {
    if (cause instanceof FeedError) throw cause
    const large = (cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE'
    throw new FeedError(
      large ? 'feed-too-large' : 'feed-invalid',
      large
        ? `${name}: is larger than ${bytesMax} bytes when it is unpacked`
        : `${name}: cannot be unpacked: ${messageOf(cause)}`,
      { cause }
    )
  }
  return [{ name, text: body.toString('utf8') }]
}

async function unzip(body: Buffer, bytesMax: number): Promise<NamedText[]> {
  const zip = await new Promise<ZipFile>((resolve, reject) =>
    fromBuffer(body, { lazyEntries: true }, (error, file) => (error === null ? resolve(file) : reject(error)))
  )
  const texts: NamedText[] = []
  let size = 0
  for await (const entry of entriesOf(zip)) {
    if (entry.fileName.endsWith('/')) continue
    if (entry.isEncrypted()) throw new FeedError('feed-invalid', `${entry.fileName} in the archive is encrypted`)
    if (texts.length >= filesMax) throw new FeedError('feed-too-large', `the archive holds more than ${filesMax} files`)
    size += entry.uncompressedSize
    if (size > bytesMax)
      throw new FeedError('feed-too-large', `the archive is larger than ${bytesMax} bytes when it is unpacked`)
    const parts: Buffer[] = []
    const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) =>
      zip.openReadStream(entry, (error, opened) => (error === null ? resolve(opened) : reject(error)))
    )
    for await (const part of stream) parts.push(part as Buffer)
    texts.push({ name: entry.fileName, text: Buffer.concat(parts).toString('utf8') })
  }
  return texts
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      zip.once('entry', resolve)
      zip.once('end', () => resolve(undefined))
      zip.once('error', reject)
      zip.readEntry()
    })
    zip.removeAllListeners()
    if (entry === undefined) return
    yield entry
  }
}

/** Fingerprint of a file, or of a folder's files: it changes when they do. Undefined: there is nothing. */
export async function localState(folder: string, path: string): Promise<string | undefined> {
  const files = await localFiles(folder, path)
  if (files === undefined) return undefined
  const hash = createHash('sha256')
  for (const file of files) {
    const { size, mtimeMs, ino } = await stat(file)
    hash.update(`${file}\0${size}\0${mtimeMs}\0${ino}\n`)
  }
  return hash.digest('hex').slice(0, 32)
}

export async function readLocal(folder: string, path: string, bytesMax = bytesMaxDefault): Promise<NamedText[]> {
  const files = await localFiles(folder, path)
  if (files === undefined) throw new FeedError('feed-unreachable', `there is no ${path} in ${folder}`)
  const texts: NamedText[] = []
  let size = 0
  for (const file of files) {
    size += (await stat(file)).size
    if (size > bytesMax) throw new FeedError('feed-too-large', `${path}: is larger than ${bytesMax} bytes`)
    texts.push(...(await textsIn(relative(folder, file), await readFile(file), bytesMax)))
  }
  return texts
}

/** Plain files at or below the path, in order. What leads out of the folder by a link is left alone. */
async function localFiles(folder: string, path: string): Promise<string[] | undefined> {
  let root: string
  let start: string
  try {
    root = await realpath(folder)
    start = await realpath(join(folder, path))
  } catch {
    return undefined
  }
  if (start !== root && !start.startsWith(root + sep))
    throw new FeedError('feed-refused', `${path} leads out of ${folder}`)
  const about = await lstat(start)
  if (about.isFile()) return [start]
  if (!about.isDirectory()) return undefined
  const names: string[] = []
  for (const entry of await readdir(start, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue
    const file = join(entry.parentPath, entry.name)
    // Reading a folder with what is below goes through links.
    if ((await realpath(file)) === file) names.push(file)
  }
  names.sort()
  if (names.length > filesMax) throw new FeedError('feed-too-large', `${path} holds more than ${filesMax} files`)
  return names
}
