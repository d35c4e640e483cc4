/** Indicators are added by hand: one or many values, and what is to be said of them. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change, messageOf } from '../../api.ts'
import { Button, inputClass, Notice, SelectField, TextField } from '../controls.tsx'
import { plural } from '../format.ts'
import { Overlay } from '../overlay.tsx'
import { indicatorTypes, refreshIntel } from './intel.ts'

type Reply = { added: number; changed: number; refused: string[] }

export function AddIndicators({ initial, onClose }: { initial: string; onClose: () => void }) {
  const [text, setText] = useState(initial)
  const [type, setType] = useState('')
  const [level, setLevel] = useState('high')
  const [days, setDays] = useState('90')
  const [note, setNote] = useState('')
  const values = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  const add = useMutation({
    mutationFn: () =>
      change<Reply>('POST', '/api/intel/indicators', {
        values: values.map(value => ({ value, ...(type !== '' && { type }) })),
        level,
        ...(days !== '' && { days: Number(days) }),
        ...(note.trim() !== '' && { description: note.trim() })
      }),
    onSuccess: async ({ refused }) => {
      await refreshIntel()
      if (refused.length === 0) onClose()
      else setText(refused.join('\n'))
    }
  })
  return (
    <Overlay
      open
      onClose={onClose}
      title="Add indicators"
      description="Picket looks for them from now on, and in what is stored."
    >
      <form
        className="grid gap-4"
        onSubmit={event => {
          event.preventDefault()
          if (values.length > 0) add.mutate()
        }}
      >
        <label className="grid gap-1 font-medium text-soft">
          Values, one a line
          <textarea
            data-first
            rows={4}
            value={text}
            onChange={event => setText(event.target.value)}
            placeholder={'198.51.100.7\nevil[.]example\nhxxps://evil.example/login'}
            className={`${inputClass} h-auto! py-2 font-mono font-normal text-xs`}
          />
        </label>
        <div className="grid gap-3 sm:grid-cols-3">
          <SelectField
            label="They are"
            value={type}
            onChange={setType}
            options={[
              { value: '', label: 'recognised' },
              ...indicatorTypes.map(each => ({ value: each, label: each }))
            ]}
          />
          <SelectField
            label="Severity"
            value={level}
            onChange={setLevel}
            options={['low', 'medium', 'high', 'critical'].map(each => ({ value: each, label: each }))}
          />
          <SelectField
            label="In force"
            value={days}
            onChange={setDays}
            options={[
              { value: '7', label: 'for a week' },
              { value: '30', label: 'for 30 days' },
              { value: '90', label: 'for 90 days' },
              { value: '365', label: 'for a year' },
              { value: '', label: 'until removed' }
            ]}
          />
        </div>
        <TextField
          label="Why"
          hint="Stands in the alert."
          maxLength={1000}
          value={note}
          onChange={event => setNote(event.target.value)}
        />
        {add.error !== null && <Notice mood="danger">{messageOf(add.error)}</Notice>}
        {add.isSuccess && add.data.refused.length > 0 && (
          <Notice mood="warn">
            {plural(add.data.added, 'indicator')} added. These were not understood: correct them, or say what they are.
          </Notice>
        )}
        <Button
          type="submit"
          look="primary"
          className="justify-self-end"
          disabled={values.length === 0 || add.isPending}
        >
          {values.length > 1 ? `Add ${values.length} indicators` : 'Add the indicator'}
        </Button>
      </form>
    </Overlay>
  )
}
