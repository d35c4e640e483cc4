/** Saves the packets of an event's conversation, where a capture has kept them; else says why there are none. */

import { useState } from 'react'
import { errorOf, messageOf, type StoredEvent, secretHeaders, withQuery } from '../api.ts'
import { Notice } from './controls.tsx'
import { textAt } from './event-fields.ts'
import { plural } from './format.ts'
import { Icon } from './icons.tsx'
import { Overlay } from './overlay.tsx'

/** Nothing for events that name no two ends. */
export function PacketsButton({ event, className }: { event: StoredEvent; className: string }) {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | undefined>()
  const [said, setSaid] = useState('')
  const { document } = event
  const hasEnds =
    (textAt(document, 'source.ip') !== undefined && textAt(document, 'destination.ip') !== undefined) ||
    textAt(document, 'network.community_id') !== undefined
  if (!hasEnds) return null
  const save = async () => {
    setBusy(true)
    setSaid('')
    try {
      setSaid(await savePackets(event))
    } catch (error) {
      setFailure(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <button
        type="button"
        className={className}
        disabled={busy}
        title="The packets of this conversation, as a file for Wireshark"
        onClick={save}
      >
        <Icon name="download" className="size-3.5" /> {busy ? 'Looking for packets …' : 'Packets'}
      </button>
      <span role="status" className="text-muted text-xs">
        {said}
      </span>
      <Overlay open={failure !== undefined} onClose={() => setFailure(undefined)} title="No packets">
        <Notice mood="info">{failure}</Notice>
      </Overlay>
    </>
  )
}

/** Throws `ApiError`. Gives what was saved, in words. */
async function savePackets(event: StoredEvent): Promise<string> {
  const reply = await fetch(withQuery(`/api/events/${event.id}/packets`, { at: event.timeMs }), {
    credentials: 'same-origin',
    headers: secretHeaders()
  })
  if (!reply.ok) throw errorOf(reply.status, await reply.json().catch(() => undefined))
  const link = window.document.createElement('a')
  link.href = URL.createObjectURL(await reply.blob())
  link.download = `picket-${event.id}.pcap`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  const note = reply.headers.get('x-picket-note') ?? ''
  return `${plural(Number(reply.headers.get('x-picket-packets')), 'packet')}${note === '' ? '' : `: ${note}`}`
}
