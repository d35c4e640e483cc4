/** What lies over the page: dialogs (in the middle, or as a drawer) and menus, with Base UI's focus keeping. */

import { Dialog } from '@base-ui-components/react/dialog'
import { type ReactNode, useRef } from 'react'
import { IconButton } from './controls.tsx'
import { focusFirst } from './first-focus.ts'

type OverlayProps = {
  open: boolean
  onClose: () => void
  title: string
  description?: ReactNode
  children: ReactNode
  /** `drawer` comes from the side. */
  kind?: 'middle' | 'drawer' | 'wide'
}

export function Overlay({ open, onClose, title, description, children, kind = 'middle' }: OverlayProps) {
  const body = useRef<HTMLDivElement>(null)
  const place =
    kind === 'drawer'
      ? 'inset-y-0 left-0 w-[min(320px,88vw)] rounded-r-xl'
      : `top-[min(12vh,96px)] left-1/2 max-h-[80dvh] -translate-x-1/2 rounded-xl ${kind === 'wide' ? 'w-[min(760px,calc(100vw-24px))]' : 'w-[min(460px,calc(100vw-24px))]'}`
  return (
    <Dialog.Root open={open} onOpenChange={next => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-[light-dark(rgb(15_20_28/0.35),rgb(0_0_0/0.6))] transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Popup
          initialFocus={() => focusFirst(body.current)}
          className={`fixed z-50 flex flex-col border border-line bg-panel shadow-float transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0 ${place}`}
        >
          <div className="flex items-start gap-3 border-line border-b py-3 pr-2 pl-4">
            <div className="min-w-0 flex-1 py-1">
              <Dialog.Title className="font-semibold text-[15px]">{title}</Dialog.Title>
              {description !== undefined && (
                <Dialog.Description className="mt-0.5 text-soft">{description}</Dialog.Description>
              )}
            </div>
            <Dialog.Close render={<IconButton label="Close" icon="close" />} />
          </div>
          <div ref={body} className="min-h-0 flex-1 overflow-auto p-4">
            {children}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
