/**
 * Where the focus goes as something opens over the page. It is taken at once, and not in the next frame as Base UI would: on a busy
 * machine that frame comes late, and then takes the focus away from the field that somebody has begun to write in.
 */

/**
 * For `initialFocus`: what has `data-first` takes the focus, else the first control. True leaves it to Base UI. Where it is said to
 * have been opened by touch, the box itself is focused: a field would open the keyboard of the screen.
 */
export function focusFirst(box: HTMLElement | null, openedBy?: string): HTMLElement | boolean {
  if (box === null) return true
  if (openedBy === 'touch') return box
  if (box.contains(document.activeElement)) return false
  const first =
    box.querySelector<HTMLElement>('[data-first]') ??
    box.querySelector<HTMLElement>('input, select, textarea, button, summary')
  // What lies over the page is in view already.
  first?.focus({ preventScroll: true })
  return first !== document.activeElement
}
