/** The sample that `picket parser new` is given: the beginning of a file, or of standard input, as text. */

import { closeSync, openSync, readSync } from 'node:fs'
import { messageOf, PicketError } from '../core/errors.ts'

const sampleBytesMax = 256 * 1024

export type SampleText = { readonly text: string; readonly isCut: boolean }

/** `-` is standard input. Throws `PicketError` for what is missing, compressed or no text. */
export function readSample(path: string): SampleText {
  const bytes = beginningOf(path)
  const packed = [
    [[0x1f, 0x8b], 'zcat'],
    [[0x28, 0xb5, 0x2f, 0xfd], 'zstdcat'],
    [[0xfd, 0x37, 0x7a], 'xzcat'],
    [[0x42, 0x5a, 0x68], 'bzcat'],
    [[0x50, 0x4b, 0x03, 0x04], 'unzip -p']
  ] as const
  for (const [magic, command] of packed) {
    if (!magic.every((byte, at) => bytes[at] === byte)) continue
    throw new PicketError(
      'sample-packed',
      `${path} is compressed: ${command} ${path === '-' ? 'FILE' : path} | head -200 | picket parser new - --name NAME`
    )
  }
  const text = decoded(bytes)
  if (text.includes('\0') || share(text, '\ufffd') > 0.02)
    throw new PicketError('sample-binary', `${path} is no text: a parser by example reads lines, or JSON.`)
  const isCut = bytes.length === sampleBytesMax
  const end = text.lastIndexOf('\n')
  return { text: isCut && end > 0 ? text.slice(0, end + 1) : text, isCut }
}

function beginningOf(path: string): Buffer {
  const bytes = Buffer.alloc(sampleBytesMax)
  let size = 0
  let file: number | undefined
  try {
    file = path === '-' ? 0 : openSync(path, 'r')
    for (let read = -1; read !== 0 && size < sampleBytesMax; size += read)
      read = readSync(file, bytes, size, sampleBytesMax - size, null)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT'
        ? 'There is no such file'
        : code === 'EISDIR'
          ? 'It is a folder; name one of its files'
          : messageOf(error)
    // Standard input that ends says so in its own way on some systems.
    if (path !== '-' || code !== 'EOF') throw new PicketError('sample-unreadable', `${path} cannot be read. ${why}.`)
  } finally {
    if (file !== undefined && file !== 0) closeSync(file)
  }
  return bytes.subarray(0, size)
}

function decoded(bytes: Buffer): string {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}

function share(text: string, character: string): number {
  let found = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found++
  return text.length === 0 ? 0 : found / text.length
}
