/** The colours of a query's parts, and the look of the editor and of its list of completions. */

import { EditorView } from '@codemirror/view'

const mono = '"JetBrains Mono Variable", ui-monospace, monospace'
const colour = (name: string) => `var(--color-${name})`

/** The kinds of completions, by a letter in their colour. */
const kinds = { field: ['F', 'accent'], value: ['V', 'tone-amber'], function: ['ƒ', 'tone-blue'] }
const otherKinds = { keyword: ['K', 'tone-violet'], command: ['|', 'tone-pink'] }

const kindRules = Object.fromEntries(
  Object.entries({ ...kinds, ...otherKinds }).map(([kind, [letter, tone]]) => [
    `.cm-completionIcon-${kind}`,
    { '&:after': { content: `"${letter}"` }, color: colour(tone!) }
  ])
)

export const editorLook = EditorView.theme({
  '&': { backgroundColor: 'transparent', color: colour('ink') },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    font: `500 13px / 20px ${mono}`,
    fontFeatureSettings: '"calt" 0',
    maxHeight: '40dvh',
    overflowY: 'auto'
  },
  '.cm-content': { padding: '9px 0', caretColor: colour('ink'), overflowWrap: 'anywhere' },
  '.cm-content:focus-visible': { outline: 'none' },
  '.cm-line': { padding: '0' },
  '.cm-cursor': { borderLeftColor: colour('ink'), borderLeftWidth: '2px' },
  '.cm-placeholder': { color: colour('muted'), fontFamily: 'var(--font-sans)', fontWeight: '400' },
  '& > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    background: `color-mix(in oklch, ${colour('accent')} 26%, transparent)`
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    background: `color-mix(in oklch, ${colour('accent')} 26%, transparent)`
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: colour('accent-soft'), color: colour('accent') },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: colour('danger-soft'), color: colour('danger') },
  '.cm-lintRange-error, .cm-lintRange-warning': {
    backgroundImage: 'none',
    paddingBottom: '0',
    textDecoration: `underline wavy ${colour('danger')}`,
    textDecorationSkipInk: 'none',
    textUnderlineOffset: '3px'
  },
  '.cm-lintRange-warning': { textDecorationColor: colour('warn') },
  '.cm-lintPoint:after': { borderBottomColor: colour('danger') },
  '.cm-tooltip': {
    backgroundColor: colour('raised'),
    color: colour('ink'),
    border: `1px solid ${colour('line')}`,
    borderRadius: '10px',
    boxShadow: 'var(--shadow-float)',
    overflow: 'hidden',
    zIndex: '50'
  },
  '.cm-diagnostic': { borderLeft: 'none', padding: '6px 10px', fontFamily: 'var(--font-sans)', fontSize: '12px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: mono,
    fontSize: '12px',
    maxHeight: '18em',
    minWidth: '260px',
    maxWidth: 'min(560px, 92vw)',
    padding: '4px'
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    padding: '3px 8px',
    lineHeight: '18px',
    borderRadius: '6px',
    display: 'flex',
    alignItems: 'baseline'
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: colour('accent-soft'), color: colour('ink') },
  '.cm-tooltip-autocomplete-disabled ul li[aria-selected]': { background: colour('hover') },
  '.cm-completionLabel': { overflow: 'hidden', textOverflow: 'ellipsis', unicodeBidi: 'isolate' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: colour('accent'), fontWeight: '700' },
  '.cm-completionDetail': {
    marginLeft: 'auto',
    paddingLeft: '16px',
    fontStyle: 'normal',
    fontFamily: 'var(--font-sans)',
    fontSize: '11px',
    color: colour('muted'),
    whiteSpace: 'nowrap'
  },
  '.cm-completionIcon': { width: '1em', paddingRight: '10px', fontSize: '11px', fontWeight: '700', opacity: '1' },
  ...kindRules
})
