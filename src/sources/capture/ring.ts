/**
 * The folder of a rolling capture: files of pcap, each named after the times of its first and last packet, within a size and an age.
 * The name is the index: who looks for packets reads only files of their time. The file that is being written has no end in its name.
 */

import { readdirSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'

export type RingFile = {
  readonly path: string
  /** Milliseconds since 1970. */
  readonly fromMs: number
  /** Undefined: it is being written. */
  readonly toMs: number | undefined
  readonly sizeBytes: number
}

export type RingSettings = { readonly bytesMax: number; readonly ageMaxMs: number | undefined }

const shape = /^(\d{1,16})-(\d{1,16}|open)(?:-\d+)?\.pcap$/
/** A file is full at a twentieth of the whole, or after this long. */
const fileMs = 10 * 60_000
const fileBytesMin = 256 << 10
const fileBytesMax = 64 << 20
const bufferBytes = 512 << 10
const headBytes = 24

/** The files of a ring, the oldest first. None where there is no such folder. */
export function ringFiles(folder: string): RingFile[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  const files: RingFile[] = []
  for (const name of names) {
    const found = shape.exec(name)
    if (found === null) continue
    const path = join(folder, name)
    const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size
    if (sizeBytes === undefined) continue
    const toMs = found[2] === 'open' ? undefined : Number(found[2])
    files.push({ path, fromMs: Number(found[1]), toMs, sizeBytes })
  }
  return files.sort((one, other) => one.fromMs - other.fromMs || (one.path < other.path ? -1 : 1))
}

/** Writes packets into the ring. */
export class Ring {
  keptBytes = 0
  files = 0
  readonly #folder: string
  readonly #settings: RingSettings
  readonly #nowMs: () => number
  #head: Uint8Array | undefined
  #file:
    | { readonly handle: FileHandle; readonly path: string; readonly fromMs: number; readonly openedMs: number }
    | undefined
  #written = 0
  #lastMs = 0
  #buffer = Buffer.allocUnsafe(bufferBytes)
  #used = 0

  constructor(folder: string, settings: RingSettings, nowMs: () => number) {
    this.#folder = folder
    this.#settings = settings
    this.#nowMs = nowMs
  }

  /** What an earlier life left open is closed under the time of its last change. Then a new stream begins, with this header of pcap. */
  async begin(head: Uint8Array): Promise<void> {
    await this.#close()
    this.#head = head.slice()
    for (const { path, fromMs, toMs, sizeBytes } of ringFiles(this.#folder)) {
      if (toMs !== undefined) continue
      if (sizeBytes <= headBytes) rmSync(path, { force: true })
      else await rename(path, this.#name(fromMs, Math.max(fromMs, Math.ceil(statSync(path).mtimeMs))))
    }
    this.#trim()
  }

  /** A packet with its header, as pcap has it. Waits for the disk. */
  async add(bytes: Uint8Array, from: number, to: number, timeMs: number): Promise<void> {
    if (this.#file === undefined) await this.#open(timeMs)
    const size = to - from
    if (this.#used + size > bufferBytes) await this.flush()
    if (size > bufferBytes) {
      await this.#file!.handle.write(bytes.subarray(from, to))
      this.#written += size
    } else {
      this.#buffer.set(bytes.subarray(from, to), this.#used)
      this.#used += size
    }
    if (timeMs > this.#lastMs) this.#lastMs = timeMs
  }

  /** Is the buffer so full that the next packet has to wait for the disk? Else `put` takes it at once. */
  fits(size: number): boolean {
    return this.#file !== undefined && this.#used + size <= bufferBytes
  }

  put(bytes: Uint8Array, from: number, to: number, timeMs: number): void {
    this.#buffer.set(bytes.subarray(from, to), this.#used)
    this.#used += to - from
    if (timeMs > this.#lastMs) this.#lastMs = timeMs
  }

  /** What was added can be read now. Closes the file where it is full or old. */
  async flush(): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    if (this.#used > 0) {
      await file.handle.write(this.#buffer, 0, this.#used)
      this.#written += this.#used
      this.#used = 0
    }
    const { bytesMax } = this.#settings
    const full = Math.min(fileBytesMax, Math.max(fileBytesMin, Math.floor(bytesMax / 20)))
    if (this.#written >= full || this.#nowMs() - file.openedMs > fileMs) await this.#close()
    this.#trim()
  }

  async close(): Promise<void> {
    await this.flush()
    await this.#close()
  }

  async #open(timeMs: number): Promise<void> {
    const path = join(this.#folder, `${Math.floor(timeMs)}-open.pcap`)
    const handle = await open(path, 'w', 0o600)
    await handle.write(this.#head!)
    this.#file = { handle, path, fromMs: Math.floor(timeMs), openedMs: this.#nowMs() }
    this.#written = headBytes
    this.#lastMs = timeMs
  }

  async #close(): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    this.#file = undefined
    this.#used = 0
    await file.handle.close()
    await rename(file.path, this.#name(file.fromMs, Math.max(file.fromMs, Math.ceil(this.#lastMs))))
  }

  #name(fromMs: number, toMs: number): string {
    const taken = new Set(readdirSync(this.#folder))
    let name = `${fromMs}-${toMs}.pcap`
    for (let n = 2; taken.has(name); n++) name = `${fromMs}-${toMs}-${n}.pcap`
    return join(this.#folder, name)
  }

  #trim(): void {
    const files = ringFiles(this.#folder)
    let bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) + this.#used
    const oldest = this.#settings.ageMaxMs === undefined ? 0 : this.#nowMs() - this.#settings.ageMaxMs
    let left = files.length
    for (const { path, toMs, sizeBytes } of files) {
      if (toMs === undefined || (bytes <= this.#settings.bytesMax && toMs >= oldest)) continue
      rmSync(path, { force: true })
      bytes -= sizeBytes
      left--
    }
    this.keptBytes = bytes
    this.files = left
  }
}
