/** The door: what login and setup look like. */

import type { ReactNode } from 'react'
import { Logo } from './icons.tsx'

export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="relative grid min-h-dvh grid-rows-[1fr_auto] overflow-hidden">
      <title>{`${title} · Picket`}</title>
      <main className="z-10 mx-auto grid w-full max-w-[400px] content-center px-4 py-10">
        <div className="mb-6 flex items-center gap-3">
          <Logo className="size-10" />
          <div>
            <div className="font-semibold text-xl leading-tight tracking-tight">Picket</div>
            <div className="text-muted">Security monitoring that one person can run</div>
          </div>
        </div>
        <div className="panel enter p-5 sm:p-6">
          <h1 className="mb-4 font-semibold text-lg tracking-tight">{title}</h1>
          {children}
        </div>
      </main>
      <Fence />
    </div>
  )
}

const heights = [34, 40, 31, 46, 62, 52, 70, 96, 84, 64, 58, 47, 52, 41, 36, 44, 57, 49, 38, 42, 33, 37, 45, 39]

/** A fence that is a histogram. */
function Fence() {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 960 110"
      preserveAspectRatio="xMidYMax slice"
      className="pointer-events-none h-[max(110px,11.5vw)] w-full text-accent opacity-[0.14]"
    >
      {heights.map((height, at) => {
        const x = at * 40 + 6
        return (
          <path
            // biome-ignore lint/suspicious/noArrayIndexKey: a fixed picture
            key={at}
            fill="currentColor"
            d={`M${x} 110V${110 - height + 12}l14-12 14 12V110z`}
          />
        )
      })}
    </svg>
  )
}
