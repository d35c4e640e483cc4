/** The look of the editor of rules; its colours are those of the query. */

import { EditorView } from '@codemirror/view'
import { editorLook } from '../query-look.ts'

const colour = (name: string) => `var(--color-${name})`

/** The first outweighs the others. */
export const yamlLook = [
  EditorView.theme({
    '.cm-scroller': { font: '500 12px / 19px "JetBrains Mono Variable", ui-monospace, monospace', maxHeight: '68dvh' },
    '.cm-content': { padding: '8px 0' },
    '.cm-line': { padding: '0 10px' },
    '.cm-gutters': {
      backgroundColor: colour('sunken'),
      color: colour('muted'),
      borderRight: `1px solid ${colour('line')}`
    },
    '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
    '&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter': {
      backgroundColor: `color-mix(in oklch, ${colour('accent')} 8%, transparent)`
    },
    '.cm-lineNumbers .cm-gutterElement': { padding: '0 6px 0 8px', minWidth: '28px' },
    '.cm-gutter-lint': { width: '14px' },
    '.cm-lint-marker': { width: '9px', height: '9px', borderRadius: '50%', margin: '5px 2px 0', content: 'none' },
    '.cm-lint-marker-error': { backgroundColor: colour('danger'), content: '""' },
    '.cm-lint-marker-warning': { backgroundColor: colour('warn'), content: '""' },
    '.cm-lint-marker-info': { backgroundColor: colour('accent'), content: '""' }
  }),
  editorLook
]
