/** What Picket can read: people's own formats, made here from examples, and those that it knows. */

import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { messageOf } from '../api.ts'
import { Button, buttonClass, Notice, PageHead, Spinner } from '../parts/controls.tsx'
import { plural } from '../parts/format.ts'
import { FormatEditor, type Kept } from '../parts/format-editor.tsx'
import { BuiltInFormats, OwnFormats } from '../parts/format-lists.tsx'
import { FormatSample } from '../parts/format-sample.tsx'
import { type Formats, formatsQuery, type Proposal, takeOffered } from '../parts/formats.ts'
import { Icon } from '../parts/icons.tsx'
import { sessionQuery } from '../queries.ts'

const route = getRouteApi('/frame/formats')

export function FormatsPage() {
  const address = route.useSearch()
  const navigate = useNavigate({ from: '/formats' })
  const formats = useQuery(formatsQuery)
  const scopes = useQuery(sessionQuery).data?.scopes ?? []
  const [kept, setKept] = useState<Kept | undefined>()
  const mayTry = scopes.includes('ingest')
  const mayKeep = scopes.includes('admin')
  const close = () => void navigate({ search: {} })
  const editor = {
    ownNames: formats.data?.own.map(({ name }) => name) ?? [],
    mayKeep,
    onClose: close,
    onKept: (done: Kept) => {
      setKept(done)
      close()
    }
  }
  return (
    <div className="mx-auto w-full max-w-6xl px-3 py-5 sm:px-5">
      {address.new === 'on' && mayTry ? (
        <NewFormat editor={editor} />
      ) : address.edit !== undefined && mayTry ? (
        <KnownFormat key={address.edit} name={address.edit} formats={formats.data} editor={editor} />
      ) : (
        <>
          <title>Formats · Picket</title>
          <PageHead
            title="Formats"
            actions={
              mayTry && (
                <Link to="/formats" search={{ new: 'on' }} className={buttonClass('primary')}>
                  <Icon name="plus" /> New from example
                </Link>
              )
            }
          >
            What Picket can read. It recognises a format by what stands in it; your own are asked first.
          </PageHead>
          <div className="grid gap-4">
            {kept !== undefined && <KeptNotice kept={kept} onClose={() => setKept(undefined)} />}
            {formats.error !== null && <Notice mood="danger">{messageOf(formats.error)}</Notice>}
            {formats.data === undefined ? (
              formats.isPending && <Spinner />
            ) : (
              <>
                <OwnFormats formats={formats.data} mayTry={mayTry} mayKeep={mayKeep} />
                <BuiltInFormats formats={formats.data.builtIn} />
              </>
            )}
          </div>
        </>
      )}
    </div>
  )
}

type EditorProps = Omit<Parameters<typeof FormatEditor>[0], 'start'>

function NewFormat({ editor }: { editor: EditorProps }) {
  const [sample, setSample] = useState(takeOffered)
  const [name, setName] = useState('')
  const [proposal, setProposal] = useState<Proposal | undefined>()
  return (
    <>
      <title>New format · Picket</title>
      <Back />
      <PageHead title={proposal === undefined ? 'New format from example' : `New format: ${proposal.name}`}>
        {proposal === undefined
          ? 'Give some records of it. Picket proposes how to read them; you correct the proposal, and see what becomes of each record.'
          : 'Correct the names of the fields and see what becomes of each record. {field:type} takes a part of the line; all else must stand in it as it is here.'}
      </PageHead>
      {proposal === undefined ? (
        <FormatSample sample={sample} name={name} onSample={setSample} onName={setName} onProposed={setProposal} />
      ) : (
        <FormatEditor start={{ text: proposal.text, sample }} {...editor} onClose={() => setProposal(undefined)} />
      )}
    </>
  )
}

function KnownFormat({ name, formats, editor }: { name: string; formats: Formats | undefined; editor: EditorProps }) {
  const format = formats?.own.find(own => own.name === name)
  return (
    <>
      <title>{`${name} · Formats · Picket`}</title>
      <Back />
      <PageHead title={name}>{format?.title}</PageHead>
      {formats === undefined ? (
        <Spinner />
      ) : format === undefined ? (
        <Notice mood="warn">There is no format {name} of your own.</Notice>
      ) : (
        <FormatEditor start={format} {...editor} />
      )}
    </>
  )
}

function Back() {
  return (
    <Link
      to="/formats"
      search={{}}
      className="mb-2 inline-flex items-center gap-1 rounded font-medium text-accent underline-offset-2 hover:underline"
    >
      <Icon name="chevron" className="size-3 rotate-180" /> Formats
    </Link>
  )
}

function KeptNotice({ kept, onClose }: { kept: Kept; onClose: () => void }) {
  return (
    <Notice
      mood="good"
      action={
        <Button small look="ghost" onClick={onClose}>
          Dismiss
        </Button>
      }
    >
      <code className="text-xs">{kept.name}</code> is saved with {plural(kept.cases, 'case')}, and in force from now on.
      Records that could not be read before are{' '}
      <Link to="/dead-letters" className="font-medium text-accent underline underline-offset-2">
        dead letters
      </Link>
      : replay them there.
    </Notice>
  )
}
