/**
 * Alerts and cases as the command line reaches them: through the running server of the data folder if there is one, else in its state
 * file. Both doors lead to the same functions and leave the same audit entries (actor `local`).
 */

import { existsSync } from 'node:fs'
import { z } from 'zod'
import { type AskedAction, type WorkDone, workAlerts } from '../api/alert-desk.ts'
import { listShape } from '../api/alert-query.ts'
import { alertsPage, detailOf, type detailReply, type pageReply, theAlert } from '../api/alerts.ts'
import { type CaseOut, caseDetailOut, type caseDetailReply, caseOut } from '../api/case-out.ts'
import { theCase } from '../api/cases.ts'
import { ApiError } from '../api/route.ts'
import { PicketError } from '../core/errors.ts'
import { exportCase } from '../pipeline/case-export.ts'
import { dataPaths } from '../platform/paths.ts'
import { readServerFile } from '../platform/server-file.ts'
import { openSigningKey } from '../platform/signing-key.ts'
import { appendAudit } from '../state/audit.ts'
import { listCases, noteCase } from '../state/cases.ts'
import { openState, type State } from '../state/state.ts'
import { callServer, type Server, sendRequest } from './server-client.ts'
import { version } from './version.ts'

export type AlertsPage = z.output<typeof pageReply>
export type AlertDetail = z.output<typeof detailReply>
export type CaseDetail = z.output<typeof caseDetailReply>
export type PublicKey = { readonly pem: string; readonly fingerprint: string }

/** All throw PicketError with a message for people. */
export type TriageAccess = {
  /** The parameters of `GET /api/alerts`. */
  alerts(query: Readonly<Record<string, string>>): Promise<AlertsPage>
  alert(id: number): Promise<AlertDetail>
  work(ids: readonly number[], action: AskedAction): Promise<WorkDone>
  cases(which: 'open' | 'closed' | 'all'): Promise<readonly CaseOut[]>
  caseOf(id: number): Promise<CaseDetail>
  exportCase(id: number): Promise<AsyncIterable<Buffer>>
  key(): Promise<PublicKey>
  close(): void
}

export async function withTriage<T>(
  dataFolder: string,
  nowMs: () => number,
  run: (access: TriageAccess) => Promise<T>
): Promise<T> {
  const access = openTriage(dataFolder, nowMs)
  try {
    return await run(access)
  } catch (error) {
    if (error instanceof ApiError) throw new PicketError(error.code, error.message)
    if (error instanceof z.ZodError) {
      const [issue] = error.issues
      throw new PicketError('invalid', `${issue?.path.join('.')}: ${issue?.message}`)
    }
    throw error
  } finally {
    access.close()
  }
}

function openTriage(dataFolder: string, nowMs: () => number): TriageAccess {
  const server = readServerFile(dataFolder)
  if (server !== undefined) return throughServer(server)
  const { stateFile, folder } = dataPaths(dataFolder)
  if (!existsSync(stateFile))
    throw new PicketError('no-data', `there is no Picket data in ${folder}: name its folder with --data`)
  return inState(openState(dataFolder), nowMs)
}

function throughServer(server: Server): TriageAccess {
  return {
    alerts: query => callServer(server, 'GET', `/api/alerts?${new URLSearchParams(query)}`),
    alert: id => callServer(server, 'GET', `/api/alerts/${id}`),
    work: (ids, action) => callServer(server, 'POST', '/api/alerts/bulk', { ids, ...action }),
    async cases(which) {
      const cases: CaseOut[] = []
      for (let next: string | undefined = ''; next !== undefined; ) {
        const page: { cases: CaseOut[]; next?: string } = await callServer(
          server,
          'GET',
          `/api/cases?${new URLSearchParams({ state: which, limit: '200', ...(next !== '' && { cursor: next }) })}`
        )
        cases.push(...page.cases)
        next = page.next
      }
      return cases
    },
    caseOf: id => callServer(server, 'GET', `/api/cases/${id}`),
    async exportCase(id) {
      const response = await sendRequest(server, 'POST', `/api/cases/${id}/export`, undefined)
      if (response.statusCode === 200) return response as AsyncIterable<Buffer>
      const parts: Buffer[] = []
      for await (const part of response) parts.push(part as Buffer)
      throw new PicketError('server-answer', messageIn(Buffer.concat(parts).toString()))
    },
    key: () => callServer(server, 'GET', '/api/cases/key'),
    close() {}
  }
}

function inState(state: State, nowMs: () => number): TriageAccess {
  const { evidenceFolder, signingKeyFile } = dataPaths(state.folder)
  const audit = (action: string, object: string, detail?: Readonly<Record<string, unknown>>): void =>
    void appendAudit(state, { actor: 'local', action, object, detail: detail ?? {}, ip: '' }, nowMs())
  const nobody = { userName: undefined }
  return {
    alerts: async query => alertsPage(state, z.object(listShape).parse(query), nobody, nowMs()),
    alert: async id => detailOf(state, theAlert(state, id)),
    work: async (ids, action) => workAlerts(state, ids, action, { actor: 'local', ...nobody, audit }, nowMs()),
    async cases(which) {
      const cases: CaseOut[] = []
      for (let after: readonly number[] | undefined = [], more = true; more; ) {
        const page = listCases(state, which === 'all' ? {} : { state: which }, { limit: 200, after })
        cases.push(...page.cases.map(each => caseOut(state, each)))
        after = page.next
        more = after !== undefined
      }
      return cases
    },
    caseOf: async id => caseDetailOut(state, theCase(state, id), nowMs()),
    async exportCase(id) {
      theCase(state, id)
      const key = openSigningKey(signingKeyFile)
      const archive = await exportCase({ state, evidenceFolder, key, version }, id, 'local', nowMs())
      state.transaction(() => {
        noteCase(state, id, 'exported', 'local', nowMs(), { signedWith: key.fingerprint })
        audit('case.exported', `case:${id}`, { signedWith: key.fingerprint })
      })
      return archive.parts()
    },
    async key() {
      const { publicPem: pem, fingerprint } = openSigningKey(signingKeyFile)
      return { pem, fingerprint }
    },
    close: () => state.close()
  }
}

function messageIn(answer: string): string {
  try {
    const { error } = JSON.parse(answer) as { error?: { message?: string } }
    if (error?.message !== undefined) return error.message
  } catch {}
  return `the server answered: ${answer.slice(0, 200)}`
}
