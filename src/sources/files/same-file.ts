/** Opens a file that was found before, if its path still leads to it: names change while logs are rotated. */
import { type FileHandle, open } from 'node:fs/promises'
import { PicketError } from '../../core/errors.ts'

/** Throws `file-moved` where the path leads to another file or nowhere, else what the file system says. */
export async function openSame(
  raw: Buffer,
  { device, inode }: { readonly device: string; readonly inode: string }
): Promise<FileHandle> {
  let handle: FileHandle
  try {
    handle = await open(raw)
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ENOENT') throw cause
    throw new PicketError('file-moved', 'it was moved or deleted before it was opened', { cause, retryable: true })
  }
  try {
    const stats = await handle.stat({ bigint: true })
    if (String(stats.dev) === device && String(stats.ino) === inode) return handle
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  throw new PicketError('file-moved', 'another file took its place before it was opened', { retryable: true })
}

export function isMoved(error: unknown): boolean {
  return error instanceof PicketError && error.code === 'file-moved'
}
