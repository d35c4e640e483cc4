/** Files into a case and a case out of Picket: bytes, not JSON. */

import { ApiError, errorOf, secretHeaders } from '../../api.ts'
import { refreshAlerts } from './alerts.ts'

/** Throws `ApiError`. */
export async function attachFile(id: number, file: File): Promise<void> {
  await ask(`/api/cases/${id}/files?name=${encodeURIComponent(file.name)}`, {
    headers: { 'content-type': 'application/octet-stream' },
    body: file
  })
  await refreshAlerts()
}

/** The signed archive, to be saved. Throws `ApiError`. */
export async function exportCase(id: number): Promise<void> {
  const reply = await ask(`/api/cases/${id}/export`, {})
  const name = /filename="([^"]+)"/.exec(reply.headers.get('content-disposition') ?? '')?.[1] ?? `case-${id}.tar`
  const link = document.createElement('a')
  link.href = URL.createObjectURL(await reply.blob())
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  await refreshAlerts()
}

async function ask(path: string, init: { headers?: Record<string, string>; body?: File }): Promise<Response> {
  let reply: Response
  try {
    reply = await fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      ...init,
      headers: { ...secretHeaders(), ...init.headers }
    })
  } catch {
    throw new ApiError(0, 'unreachable', 'Picket does not answer. Is it running?')
  }
  if (!reply.ok) throw errorOf(reply.status, await reply.json().catch(() => undefined))
  return reply
}
