/**
 * The text field of the query, by CodeMirror: coloured as it is read, what is wrong underlined, completed while one types. Loaded
 * after the first paint; until then a plain field stands in its place (query-box.tsx).
 */

import {
  acceptCompletion,
  autocompletion,
  closeCompletion,
  completionStatus,
  moveCompletionSelection,
  startCompletion
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, insertNewline } from '@codemirror/commands'
import { bracketMatching } from '@codemirror/language'
import { type Diagnostic, setDiagnostics } from '@codemirror/lint'
import { EditorState, Prec } from '@codemirror/state'
import {
  type Command,
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightSpecialChars,
  keymap,
  placeholder,
  ViewPlugin,
  type ViewUpdate
} from '@codemirror/view'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import type { QueryNote } from '../api.ts'
import { keepStylesInSheets } from './editor-styles.ts'
import { tokenClasses } from './query-colours.ts'
import { completeQuery } from './query-completion.ts'
import { editorLook } from './query-look.ts'
import { tokensOf } from './query-text.ts'

export type QueryField = { focus(select?: boolean): void }

type EditorProps = {
  value: string
  notes: readonly QueryNote[]
  isWrong: boolean
  /** Focus at once: it takes the place of a field that had it. */
  takesFocus: boolean
  onChange: (text: string) => void
  onSearch: (text: string) => void
  /** What was searched for before, the newest first. */
  recent: readonly string[]
  ref?: Ref<QueryField>
}

keepStylesInSheets()

export default function QueryEditor(props: EditorProps) {
  const { value, notes, isWrong, ref } = props
  const holder = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | undefined>(undefined)
  const latest = useRef(props)
  latest.current = props

  useEffect(() => {
    const editor = new EditorView({
      parent: holder.current!,
      state: EditorState.create({ doc: latest.current.value, extensions: extensions(() => latest.current) })
    })
    view.current = editor
    if (latest.current.takesFocus) {
      editor.focus()
      editor.dispatch({ selection: { anchor: editor.state.doc.length } })
    }
    return () => {
      view.current = undefined
      editor.destroy()
    }
  }, [])

  useImperativeHandle(ref, () => ({
    focus(select) {
      const editor = view.current
      if (editor === undefined) return
      editor.focus()
      if (select) editor.dispatch({ selection: { anchor: 0, head: editor.state.doc.length } })
    }
  }))

  useEffect(() => {
    const editor = view.current
    if (editor === undefined || editor.state.doc.toString() === value) return
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: value },
      selection: { anchor: value.length }
    })
  }, [value])

  useEffect(() => {
    const editor = view.current
    if (editor === undefined) return
    editor.dispatch(
      setDiagnostics(
        editor.state,
        notes.map(note => diagnosticOf(note, isWrong, editor.state.doc.length))
      )
    )
    editor.contentDOM.setAttribute('aria-invalid', String(isWrong))
  }, [notes, isWrong])

  return <div ref={holder} className="min-w-0 flex-1" />
}

function diagnosticOf(note: QueryNote, isWrong: boolean, length: number): Diagnostic {
  const from = Math.min(note.position, length)
  return {
    // At the end there is nothing to underline but the last character.
    from: from === length && from > 0 ? from - 1 : from,
    to: Math.min(length, note.position + Math.max(1, note.length)),
    severity: isWrong ? 'error' : 'warning',
    message: note.message
  }
}

function extensions(latest: () => EditorProps) {
  return [
    history(),
    drawSelection(),
    // What has no shape of its own, as a change of direction in pasted text, is shown.
    highlightSpecialChars(),
    EditorView.lineWrapping,
    bracketMatching(),
    placeholder('Search: words, field:value, then | stats count() by …'),
    colours,
    editorLook,
    autocompletion({
      override: [completeQuery],
      activateOnTypingDelay: 120,
      // Enter searches, until somebody has gone into the list.
      selectOnOpen: false,
      interactionDelay: 0,
      icons: true,
      defaultKeymap: true
    }),
    EditorView.contentAttributes.of({
      'aria-label': 'Query',
      'aria-describedby': 'query-notes',
      autocapitalize: 'off',
      autocorrect: 'off',
      spellcheck: 'false',
      enterkeyhint: 'search'
    }),
    EditorView.updateListener.of(update => {
      if (update.docChanged) latest().onChange(update.state.doc.toString())
    }),
    EditorView.domEventHandlers({
      // Left to itself the browser would write over coloured text in its colour, by a style that the policy forbids.
      beforeinput(event, view) {
        const { state } = view
        if (event.inputType !== 'insertText' || event.data === null || view.composing) return false
        if (state.selection.main.empty) return false
        view.dispatch(
          state.update(state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true })
        )
        return true
      }
    }),
    Prec.highest(keymap.of(searchKeys(latest))),
    keymap.of([...defaultKeymap, ...historyKeymap])
  ]
}

function searchKeys(latest: () => EditorProps) {
  let at = -1
  let written = ''
  const recall =
    (step: number): Command =>
    view => {
      const { state } = view
      const { recent } = latest()
      const line = state.doc.lineAt(state.selection.main.head)
      const isAtEdge = step > 0 ? line.number === 1 : line.number === state.doc.lines
      if (completionStatus(state) === 'active' || !isAtEdge || (step < 0 && at < 0)) return false
      const next = at + step
      if (next >= recent.length) return true
      if (at < 0) written = state.doc.toString()
      at = Math.max(-1, next)
      const text = at < 0 ? written : recent[at]!
      view.dispatch({ changes: { from: 0, to: state.doc.length, insert: text }, selection: { anchor: text.length } })
      closeCompletion(view)
      return true
    }
  return [
    {
      key: 'Enter',
      run: (view: EditorView) => {
        if (completionStatus(view.state) === 'active' && acceptCompletion(view)) return true
        closeCompletion(view)
        at = -1
        latest().onSearch(view.state.doc.toString())
        return true
      },
      shift: insertNewline
    },
    {
      key: 'Tab',
      run: (view: EditorView) => {
        if (completionStatus(view.state) !== 'active') return false
        if (acceptCompletion(view)) return true
        moveCompletionSelection(true)(view)
        return acceptCompletion(view)
      }
    },
    {
      key: 'Escape',
      run: (view: EditorView) => {
        if (!closeCompletion(view)) view.contentDOM.blur()
        return true
      }
    },
    { key: 'Ctrl-Space', run: startCompletion },
    { key: 'ArrowUp', run: recall(1) },
    { key: 'ArrowDown', run: recall(-1) }
  ]
}

const marks = Object.fromEntries(
  Object.entries(tokenClasses).map(([kind, name]) => [kind, Decoration.mark({ class: name })])
)
/** Beyond this, colours are not worth their time. */
const colouredMax = 20_000

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet
    constructor(view: EditorView) {
      this.decorations = decorate(view)
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = decorate(update.view)
    }
  },
  { decorations: plugin => plugin.decorations }
)

function decorate(view: EditorView): DecorationSet {
  const text = view.state.doc.toString()
  if (text.length > colouredMax) return Decoration.none
  return Decoration.set(
    tokensOf(text).flatMap(token => {
      const mark = marks[token.kind]
      return mark === undefined ? [] : [mark.range(token.start, token.start + token.text.length)]
    })
  )
}
