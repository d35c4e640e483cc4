/** The text of a rule in an editor: YAML in colours, what is wrong with it underlined at its place. Loaded when it is needed. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, indentUnit } from '@codemirror/language'
import { lintGutter, type Diagnostic as Mark, setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  ViewPlugin,
  type ViewUpdate
} from '@codemirror/view'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import { keepStylesInSheets } from '../editor-styles.ts'
import { tokenClasses } from '../query-colours.ts'
import { yamlLook } from './yaml-look.ts'
import { yamlTokens } from './yaml-tokens.ts'

/** Lines and columns begin with 1. */
export type Problem = {
  readonly line: number
  readonly column?: number | undefined
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
}
export type YamlField = { goTo(problem: Pick<Problem, 'line' | 'column'>): void }

type EditorProps = {
  value: string
  label: string
  problems: readonly Problem[]
  isReadOnly: boolean
  onChange: (text: string) => void
  onSave: () => void
  ref?: Ref<YamlField>
}

keepStylesInSheets()

export default function YamlEditor(props: EditorProps) {
  const { value, problems, ref } = props
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
    return () => {
      view.current = undefined
      editor.destroy()
    }
  }, [])

  useImperativeHandle(ref, () => ({
    goTo({ line, column }) {
      const editor = view.current
      if (editor === undefined) return
      const { doc } = editor.state
      const at = doc.line(Math.min(Math.max(line, 1), doc.lines))
      const anchor = Math.min(at.to, at.from + Math.max(0, (column ?? 1) - 1))
      editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
      editor.focus()
    }
  }))

  useEffect(() => {
    const editor = view.current
    if (editor === undefined || editor.state.doc.toString() === value) return
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
  }, [value])

  useEffect(() => {
    const editor = view.current
    if (editor === undefined) return
    editor.dispatch(
      setDiagnostics(
        editor.state,
        problems.map(problem => markOf(problem, editor.state)).sort((a, b) => a.from - b.from)
      )
    )
    editor.contentDOM.setAttribute('aria-invalid', String(problems.some(({ severity }) => severity === 'error')))
  }, [problems])

  return <div ref={holder} className="min-w-0 overflow-hidden rounded-lg border border-control/60 bg-raised" />
}

/** From the column to the end of the word or value there; of a line without a column, all that stands in it. */
function markOf({ line, column, severity, message }: Problem, { doc }: EditorState): Mark {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines))
  const indent = /^\s*/.exec(at.text)![0].length
  const from = at.from + Math.min(Math.max((column ?? indent + 1) - 1, 0), Math.max(0, at.length - 1))
  const length =
    column === undefined ? at.length : (/^[^\s:,[\]{}]+/.exec(at.text.slice(from - at.from))?.[0].length ?? 1)
  return { from, to: Math.min(at.to, Math.max(from + 1, from + length)), severity, message }
}

function extensions(latest: () => EditorProps) {
  return [
    history(),
    lineNumbers(),
    lintGutter(),
    drawSelection(),
    highlightActiveLine(),
    highlightSpecialChars(),
    EditorView.lineWrapping,
    bracketMatching(),
    indentUnit.of('  '),
    EditorState.tabSize.of(2),
    EditorState.readOnly.of(latest().isReadOnly),
    colours,
    yamlLook,
    EditorView.contentAttributes.of({
      'aria-label': latest().label,
      autocapitalize: 'off',
      autocorrect: 'off',
      spellcheck: 'false'
    }),
    EditorView.updateListener.of(update => {
      if (update.docChanged) latest().onChange(update.state.doc.toString())
    }),
    keymap.of([
      {
        key: 'Mod-s',
        run: () => {
          latest().onSave()
          return true
        }
      },
      // Tab indents; Escape first, and Tab leaves the editor.
      ...(latest().isReadOnly ? [] : [indentWithTab]),
      ...defaultKeymap,
      ...historyKeymap
    ])
  ]
}

const marks = Object.fromEntries(
  Object.entries(tokenClasses).map(([kind, name]) => [kind, Decoration.mark({ class: name })])
)

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet
    constructor(view: EditorView) {
      this.decorations = decorate(view)
    }
    update(update: ViewUpdate) {
      if (update.docChanged || update.viewportChanged) this.decorations = decorate(update.view)
    }
  },
  { decorations: plugin => plugin.decorations }
)

function decorate(view: EditorView): DecorationSet {
  const { doc } = view.state
  const ranges = view.visibleRanges.flatMap(({ from, to }) => {
    const lines = []
    for (let at = doc.lineAt(from); ; at = doc.line(at.number + 1)) {
      lines.push(at)
      if (at.to >= to || at.number === doc.lines) break
    }
    return lines.flatMap(line =>
      yamlTokens(line.text).flatMap(({ kind, from: start, to: end }) => {
        const mark = marks[kind]
        return mark === undefined ? [] : [mark.range(line.from + start, line.from + end)]
      })
    )
  })
  return Decoration.set(ranges, true)
}
