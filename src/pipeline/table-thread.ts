/** The thread that makes tables of indicators: it takes seconds for millions, in which nobody else is to wait. One answer, then it ends. */

import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../core/errors.ts'
import { openIntel } from '../state/intel.ts'
import { buildTable, type TableBuild } from './table-build.ts'

export type TableThreadData = {
  readonly folder: string
  readonly nowMs: number
  readonly numbers?: readonly [number, number] | undefined
}
export type FromTableThread =
  | { readonly ok: true; readonly build: TableBuild }
  | { readonly ok: false; readonly error: string }

const { folder, nowMs, numbers } = workerData as TableThreadData

function answer(): FromTableThread {
  const intel = openIntel(folder)
  try {
    return { ok: true, build: buildTable(intel, nowMs, numbers) }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? (error.stack ?? error.message) : messageOf(error) }
  } finally {
    intel.close()
  }
}

parentPort!.postMessage(answer())
