/** The few things that the bus asks of a file, so that tests can make them fail. Everything else goes to `node:fs` directly. */
import { type FileHandle, open } from 'node:fs/promises'

export type Disk = {
  /** Writes some of the buffers, at least one byte: the bytes written. */
  writev(file: FileHandle, buffers: readonly Buffer[], position: number): Promise<number>
  /** The file's bytes are on the medium, and so is its length. */
  datasync(file: FileHandle): Promise<void>
  truncate(file: FileHandle, bytes: number): Promise<void>
  /** Reads some bytes: 0 at the end of the file. */
  read(file: FileHandle, into: Buffer, at: number, bytes: number, position: number): Promise<number>
}

export const realDisk: Disk = {
  async writev(file, buffers, position) {
    return (await file.writev(buffers, position)).bytesWritten
  },
  datasync(file) {
    return file.datasync()
  },
  truncate(file, bytes) {
    return file.truncate(bytes)
  },
  async read(file, into, at, bytes, position) {
    return (await file.read(into, at, bytes, position)).bytesRead
  }
}

export async function writeAll(
  disk: Disk,
  file: FileHandle,
  buffers: readonly Buffer[],
  position: number
): Promise<void> {
  let rest = buffers
  let at = position
  while (rest.length > 0) {
    let written = await disk.writev(file, rest, at)
    if (written === 0 && rest.some(buffer => buffer.length > 0)) throw new Error('a write wrote nothing')
    at += written
    let whole = 0
    while (whole < rest.length && written >= rest[whole]!.length) {
      written -= rest[whole]!.length
      whole += 1
    }
    rest = written === 0 ? rest.slice(whole) : [rest[whole]!.subarray(written), ...rest.slice(whole + 1)]
  }
}

/** Fewer bytes than asked for only at the end of the file. */
export async function readAll(disk: Disk, file: FileHandle, into: Buffer, position: number): Promise<Buffer> {
  let got = 0
  while (got < into.length) {
    const more = await disk.read(file, into, got, into.length - got, position + got)
    if (more === 0) break
    got += more
  }
  return got === into.length ? into : into.subarray(0, got)
}

/** A new, renamed or removed file is only there after a crash if its folder was synced. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** No room: the only failure of a write after which writing may simply be tried again. */
export function isFull(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}
