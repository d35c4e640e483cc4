/** The server that mail goes out through: that of alerts, and that of reports. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Button, inputClass, Notice, SelectField, TextField } from '../controls.tsx'
import { Overlay } from '../overlay.tsx'
import { type MailServer, refresh } from './notifications.ts'
import { Empty, RemoveDialog, Section, SmallButton } from './section.tsx'

const securities = {
  starttls: 'STARTTLS (usually port 587)',
  tls: 'TLS (usually port 465)',
  none: 'none: can be read on the way'
} as const

export function MailServerSection({ server, isAdmin }: { server: MailServer | undefined; isAdmin: boolean }) {
  const [open, setOpen] = useState<'edit' | 'remove' | undefined>()
  const remove = useMutation({
    mutationFn: () => change('DELETE', '/api/notifications/mail-server'),
    onSuccess: () => setOpen(undefined),
    onSettled: refresh
  })
  return (
    <Section
      title="Mail server"
      hint="For alerts and for reports by mail."
      action={
        isAdmin && (
          <div className="flex gap-1.5">
            <SmallButton onClick={() => setOpen('edit')}>
              {server === undefined ? 'Set it up' : 'Change the mail server'}
            </SmallButton>
            {server !== undefined && (
              <SmallButton look="danger" onClick={() => setOpen('remove')}>
                Remove the mail server
              </SmallButton>
            )}
          </div>
        )
      }
    >
      {server === undefined ? (
        <Empty>None is set up: no mail is sent.</Empty>
      ) : (
        <p className="border-line border-t px-4 py-3">
          <span className="font-mono text-xs">
            {server.host}:{server.port}
          </span>{' '}
          <span className="text-muted text-xs">
            {securities[server.security]} · from {server.from}
            {server.user !== '' && ` · as ${server.user}`}
          </span>
        </p>
      )}
      {open === 'edit' && <MailServerDialog before={server} onClose={() => setOpen(undefined)} />}
      {open === 'remove' && (
        <RemoveDialog
          name="the mail server"
          busy={remove.isPending}
          onRemove={() => remove.mutate()}
          onClose={() => setOpen(undefined)}
        >
          No mail is sent any more, of alerts or reports.
        </RemoveDialog>
      )}
    </Section>
  )
}

function MailServerDialog({ before, onClose }: { before: MailServer | undefined; onClose: () => void }) {
  const [security, setSecurity] = useState<MailServer['security']>(before?.security ?? 'starttls')
  const [port, setPort] = useState(String(before?.port ?? 587))
  const keep = useMutation({
    mutationFn: (body: unknown) => change('PUT', '/api/notifications/mail-server', body),
    onSuccess: async () => {
      await refresh()
      onClose()
    }
  })
  return (
    <Overlay open onClose={onClose} title="Mail server">
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          const form = new FormData(event.currentTarget)
          const text = (name: string): string => String(form.get(name) ?? '').trim()
          const password = String(form.get('password') ?? '')
          keep.mutate({
            host: text('host'),
            port: Number(port),
            security,
            user: text('user'),
            from: text('from'),
            ...(text('ca') !== '' && { ca: text('ca') }),
            ...(password !== '' && { password })
          })
        }}
      >
        <div className="grid grid-cols-[1fr_6rem] gap-3">
          <TextField label="Server" name="host" required defaultValue={before?.host} placeholder="smtp.example.org" />
          <TextField
            label="Port"
            type="number"
            min={1}
            max={65535}
            required
            value={port}
            onChange={event => setPort(event.target.value)}
          />
        </div>
        <SelectField
          label="Security"
          value={security}
          onChange={value => {
            setSecurity(value as MailServer['security'])
            if (['587', '465', '25'].includes(port)) setPort({ starttls: '587', tls: '465', none: '25' }[value] ?? port)
          }}
          options={Object.entries(securities).map(([value, label]) => ({ value, label }))}
        />
        <TextField label="User" name="user" autoComplete="off" defaultValue={before?.user} hint="Empty: none." />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          hint={
            before?.hasPassword === true ? 'Empty: the one that it has. It is never shown.' : 'It is never shown again.'
          }
        />
        <TextField
          label="Sender"
          name="from"
          required
          defaultValue={before?.from}
          placeholder="Picket <picket@example.org>"
        />
        <details>
          <summary className="text-soft">Certificates of an authority of your own</summary>
          <textarea
            name="ca"
            rows={4}
            aria-label="Certificates (PEM)"
            defaultValue={before?.ca}
            placeholder="-----BEGIN CERTIFICATE-----"
            className={`${inputClass} mt-2 h-auto! py-2 font-mono text-xs`}
          />
        </details>
        {keep.isError && <Notice mood="danger">{messageOf(keep.error)}</Notice>}
        <Button type="submit" look="primary" className="justify-self-end" disabled={keep.isPending}>
          {keep.isPending ? 'Keeping …' : 'Keep the mail server'}
        </Button>
      </form>
    </Overlay>
  )
}
