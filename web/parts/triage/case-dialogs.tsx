/** The questions before a case is closed or changed. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { messageOf } from '../../api.ts'
import { Notice, TextField } from '../controls.tsx'
import { plural } from '../format.ts'
import type { Resolution } from './alerts.ts'
import { type CaseDetail, workOnCase } from './cases.ts'
import { Question, ResolutionChoice } from './dialogs.tsx'
import { People } from './people.tsx'

type DialogProps = { of: CaseDetail; onClose: () => void }

export function CaseCloseDialog({ of, onClose }: DialogProps) {
  const [resolution, setResolution] = useState<Resolution>('true_positive')
  const [reason, setReason] = useState('')
  const [withAlerts, setWithAlerts] = useState(true)
  const close = useMutation({
    mutationFn: () =>
      workOnCase(of.id, 'POST', '/close', { resolution, reason: reason.trim(), closeAlerts: withAlerts }),
    onSuccess: onClose
  })
  return (
    <Question
      title={`Close “${of.title}”`}
      act="Close"
      disabled={close.isPending}
      onClose={onClose}
      onAct={() => close.mutate()}
    >
      <ResolutionChoice value={resolution} onChange={setResolution} />
      <TextField label="Reason" maxLength={2000} value={reason} onChange={event => setReason(event.target.value)} />
      {of.openAlerts > 0 && (
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            className="accent-accent"
            checked={withAlerts}
            onChange={event => setWithAlerts(event.target.checked)}
          />
          Close its {plural(of.openAlerts, 'open alert')} in the same way
        </label>
      )}
      {close.error !== null && <Notice mood="danger">{messageOf(close.error)}</Notice>}
    </Question>
  )
}

export function CaseEditDialog({ of, onClose }: DialogProps) {
  const [title, setTitle] = useState(of.title)
  const [assignee, setAssignee] = useState(of.assignee ?? '')
  const save = useMutation({
    mutationFn: () => workOnCase(of.id, 'PATCH', '', { title: title.trim(), assignee: assignee.trim() }),
    onSuccess: onClose
  })
  return (
    <Question
      title="Title and assignee"
      act="Save"
      disabled={title.trim() === '' || save.isPending}
      onClose={onClose}
      onAct={() => save.mutate()}
    >
      <TextField label="Title" value={title} maxLength={256} onChange={event => setTitle(event.target.value)} />
      <TextField
        label="Assigned to"
        list="people"
        hint="A user’s name; empty: nobody."
        value={assignee}
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        onChange={event => setAssignee(event.target.value)}
      />
      <People id="people" />
      {save.error !== null && <Notice mood="danger">{messageOf(save.error)}</Notice>}
    </Question>
  )
}
