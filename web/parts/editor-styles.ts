/** CodeMirror's own styles, given to the browser as sheets: the content security policy allows no `<style>` elements. */

import { StyleModule } from 'style-mod'

let mounted: readonly StyleModule[] = []
const sheet = new CSSStyleSheet()

/** To be called before the first editor is made. */
export function keepStylesInSheets(): void {
  StyleModule.mount = (_root, modules) => {
    const wanted = Array.isArray(modules) ? (modules as readonly StyleModule[]) : [modules as StyleModule]
    if (wanted.every(module => mounted.includes(module))) return
    // Later ones outweigh earlier ones.
    mounted = [...mounted.filter(module => !wanted.includes(module)), ...wanted]
    sheet.replaceSync(mounted.map(module => module.getRules()).join('\n'))
    if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets.push(sheet)
  }
}
