/** A feed is added, from those that many want or by its address, or changed. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Button, inputClass, Notice, SelectField, Spinner, TextField } from '../controls.tsx'
import { Overlay } from '../overlay.tsx'
import { ViewSwitch } from '../view-switch.tsx'
import {
  type CatalogueEntry,
  catalogueQuery,
  type Feed,
  type FeedKind,
  type FeedSettings,
  feedFormats,
  indicatorTypes,
  kindNames,
  refreshIntel
} from './intel.ts'

const levels = ['informational', 'low', 'medium', 'high', 'critical'] as const

export function FeedDialog({ feed, onClose }: { feed?: Feed; onClose: () => void }) {
  const [part, setPart] = useState<'known' | 'own'>(feed === undefined ? 'known' : 'own')
  return (
    <Overlay open onClose={onClose} kind="wide" title={feed === undefined ? 'Add a feed' : `Change ${feed.name}`}>
      <div className="grid gap-4">
        {feed === undefined && (
          <ViewSwitch
            label="Which feed"
            options={[
              ['known', 'Well known'],
              ['own', 'By its address']
            ]}
            value={part}
            onChange={setPart}
          />
        )}
        {part === 'known' ? <Catalogue /> : <FeedForm feed={feed} onDone={onClose} />}
      </div>
    </Overlay>
  )
}

function Catalogue() {
  const catalogue = useQuery(catalogueQuery)
  const add = useMutation({
    mutationFn: ({ name, settings }: CatalogueEntry) => change('POST', '/api/intel/feeds', { name, settings }),
    onSettled: refreshIntel
  })
  if (catalogue.isPending) return <Spinner />
  return (
    <div className="grid gap-3">
      {(catalogue.error ?? add.error) !== null && (
        <Notice mood="danger">{messageOf(catalogue.error ?? add.error)}</Notice>
      )}
      <ul aria-label="Well-known feeds" className="divide-y divide-line rounded-lg border border-line">
        {catalogue.data?.map(entry => (
          <li key={entry.name} className="flex items-center gap-3 px-3 py-2">
            <div className="min-w-0 flex-1">
              <div className="font-medium">{entry.name}</div>
              <div className="text-soft text-xs">{entry.about}</div>
              <a
                href={entry.home}
                target="_blank"
                rel="noreferrer noopener"
                className="text-accent text-xs underline underline-offset-2"
              >
                {new URL(entry.home).host}
              </a>
            </div>
            {entry.added ? (
              <span className="text-muted text-xs">added</span>
            ) : (
              <Button small aria-label={`Add ${entry.name}`} disabled={add.isPending} onClick={() => add.mutate(entry)}>
                Add
              </Button>
            )}
          </li>
        ))}
      </ul>
      <p className="text-muted text-xs">
        They are free for defence at the time of writing; each one’s terms are its own. Picket asks them directly and
        tells them nothing.
      </p>
    </div>
  )
}

type CredentialKind = 'none' | 'basic' | 'token' | 'header' | 'keep'

const addressLabels: Readonly<Record<FeedKind, readonly [string, string]>> = {
  list: ['Address', 'A list of one value a line, a CSV table, STIX, MISP, or a text: packed or not'],
  taxii: ['Address', 'Of discovery (…/taxii2/), of an API root, or of a collection'],
  misp: ['Address', 'The folder that holds manifest.json'],
  warninglists: ['Address', 'A warninglist of MISP as JSON, or a ZIP archive of them'],
  own: ['', ''],
  collection: ['', '']
}

function FeedForm({ feed, onDone }: { feed?: Feed | undefined; onDone: () => void }) {
  const old = feed?.settings
  const [kind, setKind] = useState<FeedKind>(old?.kind ?? 'list')
  const [credentials, setCredentials] = useState<CredentialKind>(old?.['credentials'] === undefined ? 'none' : 'keep')
  const save = useMutation({
    mutationFn: (form: FormData) => {
      const body = { name: String(form.get('name')).trim(), settings: settingsOf(kind, credentials, form, old) }
      return feed === undefined
        ? change('POST', '/api/intel/feeds', body)
        : change('PATCH', `/api/intel/feeds/${feed.id}`, body)
    },
    onSuccess: () => {
      onDone()
      return refreshIntel()
    }
  })
  const [addressLabel, addressHint] = addressLabels[kind]
  const runs = kind !== 'own' && kind !== 'collection'
  const text = (key: string) => (old?.[key] === undefined ? '' : String(old[key]))
  return (
    <form
      className="grid gap-4"
      onSubmit={event => {
        event.preventDefault()
        save.mutate(new FormData(event.currentTarget))
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField label="Name" name="name" required maxLength={64} defaultValue={feed?.name} data-first />
        {feed === undefined ? (
          <SelectField
            label="Kind"
            value={kind}
            onChange={value => setKind(value as FeedKind)}
            options={(['list', 'taxii', 'misp', 'warninglists', 'own'] as const).map(value => ({
              value,
              label: value === 'own' ? 'Filled by hand' : kindNames[value]
            }))}
          />
        ) : (
          <TextField label="Kind" value={kindNames[kind]} disabled />
        )}
      </div>
      {runs && (
        <TextField
          label={addressLabel}
          name="address"
          required
          placeholder="https://"
          defaultValue={text('url') || text('path')}
          hint={
            kind === 'taxii'
              ? `${addressHint}.`
              : `${addressHint}. Without https:// it is a file or folder in the folder “intel” of the data folder.`
          }
        />
      )}
      {kind === 'taxii' && (
        <TextField
          label="Collections"
          name="collections"
          defaultValue={(old?.['collections'] as string[] | undefined)?.join(', ')}
          hint="Titles, ids or aliases, with commas between them. Empty: all that may be read."
        />
      )}
      {kind === 'warninglists' && (
        <TextField
          label="Lists"
          name="only"
          defaultValue={(old?.['only'] as string[] | undefined)?.join(', ')}
          hint="Names of lists or of their folders in the archive, with commas between them. Empty: all."
        />
      )}
      {runs && (
        <fieldset className="grid gap-3 sm:grid-cols-3">
          <SelectField
            label="Credentials"
            value={credentials}
            onChange={value => setCredentials(value as CredentialKind)}
            options={[
              ...(old?.['credentials'] === undefined ? [] : [{ value: 'keep', label: 'as they are' }]),
              { value: 'none', label: 'none' },
              { value: 'basic', label: 'user and password' },
              { value: 'token', label: 'token' },
              { value: 'header', label: 'a header' }
            ]}
          />
          {credentials === 'basic' && <TextField label="User" name="user" required autoComplete="off" />}
          {credentials === 'header' && <TextField label="Header" name="header" required placeholder="Auth-Key" />}
          {credentials !== 'none' && credentials !== 'keep' && (
            <TextField
              label={credentials === 'basic' ? 'Password' : credentials === 'token' ? 'Token' : 'Value'}
              name="secret"
              type="password"
              autoComplete="new-password"
              required={credentials !== 'basic'}
            />
          )}
        </fieldset>
      )}
      {kind !== 'warninglists' && (
        <div className="grid gap-4 sm:grid-cols-3">
          <Choice label="Severity of a hit" name="level" initial={text('level') || 'medium'} options={levels} />
          <TextField
            label="Confidence, %"
            name="confidence"
            type="number"
            min={0}
            max={100}
            defaultValue={text('confidence') || '50'}
            hint="Where it does not say."
          />
          <TextField
            label="Confidence halves in, days"
            name="halfLifeDays"
            type="number"
            min={1}
            max={3650}
            defaultValue={text('halfLifeDays')}
            hint="Empty: it stays."
          />
        </div>
      )}
      {runs && (
        <details>
          <summary className="cursor-pointer font-medium text-soft">More</summary>
          <div className="mt-3 grid gap-4 sm:grid-cols-3">
            <TextField
              label="Every, minutes"
              name="everyMinutes"
              type="number"
              min={5}
              max={10080}
              defaultValue={text('everyMinutes')}
            />
            {(kind === 'taxii' || kind === 'misp') && (
              <TextField
                label="Of the last days"
                name="firstDays"
                type="number"
                min={1}
                max={3650}
                defaultValue={text('firstDays')}
              />
            )}
            {kind === 'list' && (
              <>
                <Choice
                  label="Format"
                  name="format"
                  initial={text('format')}
                  options={['', ...feedFormats]}
                  empty="recognised"
                />
                <TextField label="Column" name="column" defaultValue={text('column')} hint="Name or number." />
                <Choice
                  label="Its values are"
                  name="type"
                  initial={text('type')}
                  options={['', ...indicatorTypes]}
                  empty="recognised"
                />
              </>
            )}
            {kind !== 'warninglists' && (
              <TextField
                label="Least confidence, %"
                name="confidenceMin"
                type="number"
                min={0}
                max={100}
                defaultValue={text('confidenceMin')}
                hint="Below it, nothing counts."
              />
            )}
          </div>
          <label className="mt-4 grid gap-1 font-medium text-soft">
            Certificates to trust (PEM)
            <textarea
              name="ca"
              rows={3}
              defaultValue={text('ca')}
              className={`${inputClass} h-auto! py-2 font-mono font-normal text-xs`}
              placeholder="-----BEGIN CERTIFICATE-----"
            />
          </label>
        </details>
      )}
      {save.error !== null && <Notice mood="danger">{messageOf(save.error)}</Notice>}
      <Button type="submit" look="primary" className="justify-self-end" disabled={save.isPending}>
        {feed === undefined ? 'Add the feed' : 'Keep the changes'}
      </Button>
    </form>
  )
}

function Choice({
  label,
  name,
  initial,
  options,
  empty
}: {
  label: string
  name: string
  initial: string
  options: readonly string[]
  empty?: string
}) {
  return (
    <label className="grid content-start gap-1 font-medium text-soft">
      {label}
      <select name={name} defaultValue={initial} className={`${inputClass} font-normal`}>
        {options.map(option => (
          <option key={option} value={option}>
            {option === '' ? empty : option}
          </option>
        ))}
      </select>
    </label>
  )
}

/** What the form says; what it has no field for stays. */
function settingsOf(
  kind: FeedKind,
  credentials: CredentialKind,
  form: FormData,
  old: FeedSettings | undefined
): Record<string, unknown> {
  const text = (name: string) => String(form.get(name) ?? '').trim() || undefined
  const number = (name: string) => (text(name) === undefined ? undefined : Number(text(name)))
  const list = (name: string) =>
    text(name)
      ?.split(',')
      .map(each => each.trim())
      .filter(each => each !== '')
  const secret = String(form.get('secret') ?? '')
  const address = text('address')
  const isWeb = address !== undefined && /^https?:/i.test(address)
  const given =
    credentials === 'basic'
      ? { kind: 'basic', user: text('user'), password: secret }
      : credentials === 'token'
        ? { kind: 'token', token: secret }
        : credentials === 'header'
          ? { kind: 'header', name: text('header'), value: secret }
          : credentials === 'keep'
            ? old?.['credentials']
            : undefined
  const all = {
    ...old,
    kind,
    url: isWeb ? address : undefined,
    path: isWeb ? undefined : address,
    collections: list('collections'),
    only: list('only'),
    credentials: given,
    level: text('level'),
    confidence: number('confidence'),
    halfLifeDays: number('halfLifeDays'),
    confidenceMin: number('confidenceMin'),
    everyMinutes: number('everyMinutes'),
    firstDays: number('firstDays'),
    format: text('format'),
    column: text('column'),
    type: text('type'),
    ca: text('ca')
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
