/** Told by the server that alerts have changed, the page reads them again: at most once a second, and only while it is seen. */

import { useEffect } from 'react'
import { refreshAlerts } from './alerts.ts'

const atMostEveryMs = 1000
const againAfterMs = 15_000

export function useLiveAlerts(): void {
  useEffect(() => {
    let source: EventSource | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let again: ReturnType<typeof setTimeout> | undefined
    const changed = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        void refreshAlerts()
      }, atMostEveryMs)
    }
    const listen = () => {
      source = new EventSource('/api/alerts/live')
      for (const name of ['changes', 'skipped']) source.addEventListener(name, changed)
      source.addEventListener('error', () => {
        // A lost connection is made again by the browser; a refused one is not.
        if (source?.readyState === EventSource.CLOSED) again = setTimeout(listen, againAfterMs)
      })
    }
    const look = () => {
      if (document.visibilityState === 'hidden') {
        source?.close()
        source = undefined
        clearTimeout(again)
      } else if (source === undefined) {
        changed()
        listen()
      }
    }
    listen()
    document.addEventListener('visibilitychange', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
      clearTimeout(timer)
      clearTimeout(again)
      source?.close()
    }
  }, [])
}
