/** What each kind of destination wants to know. */

import { useState } from 'react'
import { inputClass, Notice, SelectField, TextField } from '../controls.tsx'
import { listOf } from './notifications.ts'

type Props = {
  kind: string
  settings: Record<string, unknown>
  onSettings: (settings: Record<string, unknown>) => void
  secrets: Record<string, string>
  onSecrets: (secrets: Record<string, string>) => void
  /** Which secrets it has already. */
  has: readonly string[]
  hasMailServer: boolean
}

export function DestinationFields(props: Props) {
  switch (props.kind) {
    case 'slack':
      return (
        <Secret
          {...props}
          name="url"
          label="Webhook URL"
          placeholder="https://hooks.slack.com/services/…"
          hint="In Slack: your app, Incoming Webhooks, Add New Webhook. Mattermost and Rocket.Chat take the same."
        />
      )
    case 'teams':
      return (
        <Secret
          {...props}
          name="url"
          label="Workflow URL"
          placeholder="https://….logic.azure.com/workflows/…"
          hint="In Teams: the channel’s menu, Workflows, “Send webhook alerts to a channel”."
        />
      )
    case 'mail':
      return <Recipients {...props} />
    case 'pagerduty':
      return (
        <>
          <Secret
            {...props}
            name="routingKey"
            label="Integration key"
            hint="In PagerDuty: the service, Integrations, Events API v2."
          />
          <SelectField
            label="Region of the account"
            value={String(props.settings['url'] ?? regions[0].value)}
            onChange={url => props.onSettings({ url })}
            options={withOther(String(props.settings['url'] ?? regions[0].value))}
          />
        </>
      )
    case 'syslog':
      return <SyslogFields {...props} />
    default:
      return <WebhookFields {...props} />
  }
}

const regions = [
  { value: 'https://events.pagerduty.com/v2/enqueue', label: 'United States' },
  { value: 'https://events.eu.pagerduty.com/v2/enqueue', label: 'European Union' }
] as const

const withOther = (url: string) =>
  regions.some(({ value }) => value === url) ? regions : [...regions, { value: url, label: url }]

function Secret({
  name,
  label,
  hint,
  placeholder,
  optional = false,
  secrets,
  onSecrets,
  has
}: Props & { name: string; label: string; hint: string; placeholder?: string; optional?: boolean }) {
  const isKept = has.includes(name)
  return (
    <TextField
      label={label}
      type="password"
      autoComplete="off"
      required={!isKept && !optional}
      placeholder={isKept ? 'empty: the one that it has' : placeholder}
      hint={hint}
      value={secrets[name] ?? ''}
      onChange={event => onSecrets({ ...secrets, [name]: event.target.value.trim() })}
    />
  )
}

function Recipients({ settings, onSettings, hasMailServer }: Props) {
  const [to, setTo] = useState(((settings['to'] as string[] | undefined) ?? []).join(', '))
  return (
    <>
      {!hasMailServer && <Notice mood="warn">No mail server is set up yet: do that below, under “Mail server”.</Notice>}
      <TextField
        label="To"
        required
        value={to}
        placeholder="anna@example.org, Ben <ben@example.org>"
        hint="Separated by commas."
        onChange={event => {
          setTo(event.target.value)
          onSettings({ to: listOf(event.target.value) })
        }}
      />
    </>
  )
}

function WebhookFields(props: Props) {
  const { settings, onSettings } = props
  return (
    <>
      <TextField
        label="URL"
        type="url"
        required
        value={String(settings['url'] ?? '')}
        placeholder="https://example.org/hook"
        hint="Messages are signed; the key is shown once, when you have added it. Another host gets a new key."
        onChange={event => onSettings({ ...settings, url: event.target.value })}
      />
      <details>
        <summary className="text-soft">Authorization, own certificates</summary>
        <div className="mt-2 grid gap-3">
          <Secret
            {...props}
            name="authorization"
            label="Authorization header"
            placeholder="Bearer …"
            hint="Where the receiver wants one."
            optional
          />
          <Certificates {...props} />
        </div>
      </details>
    </>
  )
}

function SyslogFields(props: Props) {
  const { settings, onSettings } = props
  const transport = String(settings['transport'] ?? 'udp')
  return (
    <>
      <div className="grid grid-cols-[1fr_6rem] gap-3">
        <TextField
          label="Server"
          required
          value={String(settings['host'] ?? '')}
          placeholder="logs.example.org"
          onChange={event => onSettings({ ...settings, host: event.target.value.trim() })}
        />
        <TextField
          label="Port"
          type="number"
          min={1}
          max={65535}
          required
          value={String(settings['port'] ?? 514)}
          onChange={event => onSettings({ ...settings, port: Number(event.target.value) })}
        />
      </div>
      <SelectField
        label="Transport"
        value={transport}
        onChange={value => {
          const port = settings['port'] ?? 514
          onSettings({
            ...settings,
            transport: value,
            port: value === 'tls' ? (port === 514 ? 6514 : port) : port === 6514 ? 514 : port
          })
        }}
        options={[
          { value: 'udp', label: 'UDP: losses go unnoticed' },
          { value: 'tcp', label: 'TCP' },
          { value: 'tls', label: 'TLS' }
        ]}
      />
      {transport === 'tls' && <Certificates {...props} />}
    </>
  )
}

function Certificates({ settings, onSettings }: Props) {
  return (
    <label className="grid gap-1 font-medium text-soft">
      Certificates of an authority of your own (PEM)
      <textarea
        rows={3}
        value={String(settings['ca'] ?? '')}
        placeholder="-----BEGIN CERTIFICATE-----"
        className={`${inputClass} h-auto! py-2 font-mono font-normal text-xs`}
        onChange={event => onSettings({ ...settings, ca: event.target.value })}
      />
    </label>
  )
}
