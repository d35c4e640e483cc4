/**
 * Memory outside of V8's heaps: the bytes of buffers. The garbage collector frees a buffer when it happens to look at it, and it looks at the whole heap as
 * often as so many bytes have been allocated: under load, most of its work came from buffers that nobody had needed for long.
 */

import { setFlagsFromString } from 'node:v8'

/** By how much a heap, with the bytes of its buffers, may grow before all of it is looked at: twice as much again as was left in it the last time. */
export const heapGrowth = '--heap-growing-percent=200'

/** For all threads. V8 chooses some 10 % otherwise where little is allocated in a heap: of a heap of 55 MB, less than one read of the bus. */
export function letHeapsGrow(): void {
  setFlagsFromString(heapGrowth)
}

/** What Node cuts small buffers out of: it cannot be given back. */
const poolBytes = Buffer.allocUnsafe(1).buffer.byteLength

/** Frees a buffer's memory now. The buffer, and all that shared its memory, is empty afterwards: for memory that nothing else uses, and nothing will. */
export function giveBack({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0 && buffer.byteLength !== poolBytes) buffer.transfer(0)
}

/** The same for what a socket or a request has handed over, where it is all of its memory: TLS cuts its pieces out of memory that goes on to be written to. */
export function giveBackPiece(piece: Uint8Array): void {
  if (piece.byteLength === piece.buffer.byteLength) giveBack(piece)
}
