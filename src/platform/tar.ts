/**
 * Small tar archives (POSIX ustar): written by us, and read back strictly, whole in memory. (`sources/files/tar.ts` reads what others
 * have written, as a stream.)
 *
 *   archive = { header[512], content padded to 512 } zero[1024]
 *   header  = name[100] mode[8] uid[8] gid[8] size[12] mtime[12] checksum[8] type[1] link[100] magic[6] version[2] …
 */

import { PicketError } from '../core/errors.ts'

const block = 512

export function tarHeader(name: string, sizeBytes: number, mtimeMs: number): Buffer {
  const head = Buffer.alloc(block)
  if (Buffer.byteLength(name) > 100) throw new PicketError('tar-name', `a name in an archive is too long: ${name}`)
  head.write(name, 0)
  octal(head, 0o600, 100, 8)
  octal(head, 0, 108, 8)
  octal(head, 0, 116, 8)
  octal(head, sizeBytes, 124, 12)
  octal(head, Math.max(0, Math.floor(mtimeMs / 1000)), 136, 12)
  head.fill(0x20, 148, 156)
  head.write('0', 156)
  head.write('ustar\x0000', 257, 'latin1')
  head.write(`${checksum(head).toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return head
}

export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((block - (sizeBytes % block)) % block)
}

export const tarEnd: Buffer = Buffer.alloc(2 * block)

/** The files by name. Throws `tar-damaged` for anything but plain files with plain names, each once. */
export function readTar(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  const damaged = (why: string): PicketError => new PicketError('tar-damaged', `the archive is damaged: ${why}`)
  for (let at = 0; ; ) {
    const head = archive.subarray(at, at + block)
    if (head.length < block) throw damaged('it is cut off')
    if (head.every(byte => byte === 0)) {
      if (!archive.subarray(at).every(byte => byte === 0)) throw damaged('something follows its end')
      return files
    }
    const said = /^([0-7]{1,7})[\0 ]/.exec(head.toString('latin1', 148, 156))?.[1]
    const blank = Buffer.from(head)
    blank.fill(0x20, 148, 156)
    if (said === undefined || Number.parseInt(said, 8) !== checksum(blank))
      throw damaged('a header has a wrong checksum')
    const name = head.toString('utf8', 0, 100).replace(/\0.*$/s, '')
    const type = head[156]
    const size = /^([0-7]{1,11})[\0 ]/.exec(head.toString('latin1', 124, 136))?.[1]
    if ((type !== 0x30 && type !== 0) || size === undefined || head[345] !== 0)
      throw damaged(`${JSON.stringify(name)} is no plain file`)
    if (name === '' || name.startsWith('/') || name.split('/').includes('..') || files.has(name))
      throw damaged(`it holds a file called ${JSON.stringify(name)}`)
    const bytes = Number.parseInt(size, 8)
    const content = archive.subarray(at + block, at + block + bytes)
    if (content.length < bytes) throw damaged('it is cut off')
    files.set(name, content)
    at += block + bytes + ((block - (bytes % block)) % block)
  }
}

function octal(head: Buffer, value: number, at: number, length: number): void {
  head.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
}

function checksum(head: Buffer): number {
  let sum = 0
  for (const byte of head) sum += byte
  return sum
}
