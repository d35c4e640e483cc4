/** Files on their way in: sent one after the other, each in one request. Files that were dropped together are one run of the ledger. */

import { useSyncExternalStore } from 'react'
import { ApiError, errorOf, type ImportReply, secretHeaders, withQuery } from '../api.ts'
import { queryClient } from '../queries.ts'

export type Upload = {
  readonly key: number
  readonly name: string
  readonly bytes: number
  readonly sent: number
  /** `reading`: all bytes are there, and the server cuts them into records. */
  readonly state: 'waiting' | 'sending' | 'reading' | 'done' | 'failed'
  readonly records?: number
  readonly error?: string
  /** What the server says of it, beside the records. */
  readonly notes?: readonly string[]
}
export type Run = { readonly id: string; readonly uploads: readonly Upload[] }

type Entry = { readonly file: File; readonly path: string }

let runs: readonly Run[] = []
let nextKey = 0
let isSending = false
const listeners = new Set<() => void>()
const files = new Map<number, File>()
const requests = new Map<number, XMLHttpRequest>()

export function useRuns(): readonly Run[] {
  return useSyncExternalStore(subscribe, () => runs)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function publish(next: readonly Run[]): void {
  runs = next
  for (const listener of listeners) listener()
}

export function addFiles(entries: readonly Entry[]): void {
  if (entries.length === 0) return
  const uploads = entries.map(({ file, path }): Upload => {
    files.set(nextKey, file)
    return { key: nextKey++, name: path, bytes: file.size, sent: 0, state: 'waiting' }
  })
  publish([{ id: newRunId(), uploads }, ...runs])
  void sendAll()
}

/** Opens the browser's dialog. */
export function chooseFiles(): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.onchange = () => addFiles([...(input.files ?? [])].map(file => ({ file, path: file.name })))
  input.click()
}

/** Ends what is under way and forgets the run. What the server has accepted stays. */
export function dismissRun(id: string): void {
  for (const upload of runs.find(run => run.id === id)?.uploads ?? []) {
    requests.get(upload.key)?.abort()
    files.delete(upload.key)
  }
  publish(runs.filter(run => run.id !== id))
}

export function retryUpload(key: number): void {
  update(key, { state: 'waiting', sent: 0 })
  void sendAll()
}

function newRunId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16).padStart(2, '0')).join('')
}

function update(key: number, change: Partial<Upload>): void {
  publish(
    runs.map(run =>
      run.uploads.some(upload => upload.key === key)
        ? { ...run, uploads: run.uploads.map(upload => (upload.key === key ? { ...upload, ...change } : upload)) }
        : run
    )
  )
}

async function sendAll(): Promise<void> {
  if (isSending) return
  isSending = true
  window.addEventListener('beforeunload', warn)
  for (;;) {
    const run = runs.findLast(each => each.uploads.some(upload => upload.state === 'waiting'))
    const upload = run?.uploads.find(each => each.state === 'waiting')
    if (run === undefined || upload === undefined) break
    try {
      const { accepted, notes } = await send(run.id, upload)
      files.delete(upload.key)
      update(upload.key, { state: 'done', sent: upload.bytes, records: accepted.records, notes: notes ?? [] })
    } catch (error) {
      update(upload.key, { state: 'failed', error: error instanceof Error ? error.message : String(error) })
    }
    await queryClient.invalidateQueries({ queryKey: ['ledger'] })
  }
  window.removeEventListener('beforeunload', warn)
  isSending = false
}

function warn(event: BeforeUnloadEvent): void {
  event.preventDefault()
}

/** By XMLHttpRequest: `fetch` does not say how much has been sent. */
function send(run: string, upload: Upload): Promise<ImportReply> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    requests.set(upload.key, request)
    request.open('POST', withQuery('/api/import', { name: upload.name, run }))
    request.setRequestHeader('content-type', 'application/octet-stream')
    for (const [name, value] of Object.entries(secretHeaders())) request.setRequestHeader(name, value)
    request.responseType = 'json'
    let shownAt = 0
    request.upload.onprogress = event => {
      const now = performance.now()
      if (now - shownAt < 80) return
      shownAt = now
      update(upload.key, { sent: event.loaded })
    }
    request.upload.onload = () => update(upload.key, { state: 'reading', sent: upload.bytes })
    request.onload = () =>
      request.status >= 200 && request.status < 300
        ? resolve(request.response as ImportReply)
        : reject(errorOf(request.status, request.response))
    request.onerror = () =>
      reject(new ApiError(0, 'unreachable', 'The connection broke off. Picket has none of this file.'))
    request.onabort = () => reject(new ApiError(0, 'aborted', 'Stopped.'))
    request.onloadend = () => requests.delete(upload.key)
    update(upload.key, { state: 'sending' })
    request.send(files.get(upload.key) ?? null)
  })
}

const filesMax = 5000

/** What was dropped: files, and the files in folders. */
export async function filesOf(transfer: DataTransfer): Promise<Entry[]> {
  // The items are gone after the first pause: all entries are taken before it.
  const roots = [...transfer.items].flatMap(item => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null
    return entry === null ? [] : [entry]
  })
  if (roots.length === 0) return [...transfer.files].map(file => ({ file, path: file.name }))
  const found: Entry[] = []
  for (const entry of roots) await walk(entry, found)
  return found
}

async function walk(entry: FileSystemEntry, found: Entry[]): Promise<void> {
  if (found.length >= filesMax) return
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    found.push({ file, path: entry.fullPath.replace(/^\//, '') })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    // It gives a hundred at a time.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (entries.length === 0) return
    for (const each of entries) await walk(each, found)
  }
}
