/** Light, dark, or as the system has it. Remembered in this browser. */

import { useSyncExternalStore } from 'react'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'picket.theme'
const listeners = new Set<() => void>()
const system = window.matchMedia('(prefers-color-scheme: dark)')
let current: Theme = read()

function read(): Theme {
  try {
    const stored = localStorage.getItem(key)
    return themes.find(theme => theme === stored) ?? 'system'
  } catch {
    return 'system'
  }
}

export function setTheme(theme: Theme): void {
  current = theme
  try {
    localStorage.setItem(key, theme)
  } catch {
    // A browser that keeps nothing still changes its colours now.
  }
  applyTheme()
}

/** Called before the first paint, and by every change. */
export function applyTheme(): void {
  if (current === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = current
  for (const listener of listeners) listener()
}

system.addEventListener('change', () => applyTheme())

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => current)
}

/** What is seen: canvases must be drawn again when it changes. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, () => (current === 'system' ? system.matches : current === 'dark'))
}
