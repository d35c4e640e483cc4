/** The whole page takes files that are dropped on it, and says so while they hover. */

import { useEffect, useState } from 'react'
import { Icon } from './icons.tsx'
import { addFiles, filesOf } from './imports.ts'

export function DropZone() {
  const [over, setOver] = useState(false)
  useEffect(() => {
    // Moving over an element inside fires a leave after its enter: only the last leave counts.
    let depth = 0
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      depth++
      setOver(true)
    }
    const leave = () => {
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    const hover = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      event.dataTransfer!.dropEffect = 'copy'
    }
    const drop = async (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      addFiles(await filesOf(event.dataTransfer!))
    }
    // A part of the page may keep a drop for itself: the sample of a format.
    const end = () => {
      depth = 0
      setOver(false)
    }
    const all = { dragenter: enter, dragleave: leave, dragover: hover, drop } as const
    for (const [name, act] of Object.entries(all)) window.addEventListener(name, act as EventListener)
    window.addEventListener('drop', end, true)
    return () => {
      window.removeEventListener('drop', end, true)
      for (const [name, act] of Object.entries(all)) window.removeEventListener(name, act as EventListener)
    }
  }, [])
  if (!over) return null
  return (
    <div className="pointer-events-none fixed inset-0 z-50 grid place-items-center bg-page/80 p-4 backdrop-blur-sm">
      <div className="grid justify-items-center gap-3 rounded-2xl border-2 border-accent border-dashed bg-panel px-12 py-10 text-center shadow-float">
        <Icon name="upload" className="size-9 text-accent" />
        <p className="font-semibold text-lg">Drop the files to bring them in</p>
        <p className="text-muted">Logs and archives of logs, of any format that Picket reads</p>
      </div>
    </div>
  )
}
