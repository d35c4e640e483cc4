/** The page's pictures: 16 × 16 lines, drawn here so that nothing is loaded for them. Decoration only; names stand beside them. */

import type { ReactNode } from 'react'

const shapes = {
  search: <path d="M7 12.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM11 11l3.5 3.5" />,
  ledger: <path d="M2.5 13.5h11M4 11V7m4 4V3m4 8V5.5" />,
  dashboard: <path d="M2 2.500h5v5H2v-5Zm7 0h5v3H9v-3Zm0 5h5v6H9v-6Zm-7 2h5v4H2v-4Z" />,
  letters: <path d="M2 9.5 4 3h8l2 6.500v4H2v-4Zm0 0h3.500l1 2h3l1-2H14" />,
  formats: (
    <path d="M6 2.500c-1.700 0-2 .8-2 2v1.800C4 7.300 3.500 8 2.500 8 3.500 8 4 8.700 4 9.700v1.800c0 1.200.3 2 2 2m4-11c1.700 0 2 .8 2 2v1.800c0 1 .5 1.700 1.500 1.700-1 0-1.500.7-1.500 1.700v1.800c0 1.200-.3 2-2 2" />
  ),
  people: <path d="M8 8a2.8 2.8 0 1 0 0-5.600A2.8 2.8 0 0 0 8 8ZM2.5 14c.6-2.7 2.8-4 5.5-4s4.9 1.3 5.5 4" />,
  sun: (
    <path d="M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.500m0 11V15M1 8h1.500m11 0H15M3 3l1.1 1.100m7.8 7.800L13 13m0-10-1.1 1.100M4.1 11.9 3 13" />
  ),
  moon: <path d="M13.5 9.800A6 6 0 0 1 6.2 2.500a6 6 0 1 0 7.3 7.300Z" />,
  screen: <path d="M2 3h12v8H2V3Zm4 11h4m-2-3v3" />,
  keys: <path d="M1.5 4h13v8.500h-13V4ZM4 6.700h.01M6.7 6.700h.01M9.3 6.700h.01M12 6.700h.01M4.5 9.800h7" />,
  plus: <path d="M8 3v10M3 8h10" />,
  minus: <path d="M3 8h10" />,
  upload: <path d="M8 10.500v-8m0 0L4.8 5.700M8 2.500l3.2 3.200M2.5 10.500V13.500h11v-3" />,
  close: <path d="m3.5 3.5 9 9m0-9-9 9" />,
  clock: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9.500V8l2.3 1.7" />,
  chevron: <path d="m6 3.5 4.5 4.500L6 12.5" />,
  down: <path d="m3.5 6 4.5 4.500L12.5 6" />,
  back: <path d="M6.5 3.5 2 8l4.5 4.500M2 8h8.500a3.5 3.5 0 0 1 0 7" />,
  copy: <path d="M5.5 5.500V2h8.500v8.500h-3.500M2 5.500h8.500V14H2V5.500Z" />,
  check: <path d="m2.5 8.5 3.7 3.7 7.3-8" />,
  warning: <path d="M8 2 1.3 13.500h13.400L8 2Zm0 4.500v3.300m0 2h.01" />,
  filter: <path d="M2 3h12l-4.7 5.500v4.700l-2.6-1.400V8.500L2 3Z" />,
  arrow: <path d="M2.5 8h11m0 0L9.5 4m4 4-4 4" />,
  replay: <path d="M2.5 3v3.500H6M2.7 6.300a5.7 5.7 0 1 1-.4 3" />,
  out: <path d="M6.5 2.500H2.500v11h4M10 4.8 13.3 8 10 11.200M13 8H6" />,
  around: <path d="M8 9.500a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM2 4v8M14 4v8M4.5 8H3m10 0h-1.5" />,
  book: (
    <path d="M8 4.200C6.5 3 4.5 2.6 2 2.800v9.700c2.5-.2 4.5.2 6 1.4 1.5-1.2 3.5-1.6 6-1.400V2.800c-2.5-.2-4.5.2-6 1.400Zm0 0v9.6" />
  ),
  live: (
    <path d="M8 9.500a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM4.5 4.500a5 5 0 0 0 0 7m7 0a5 5 0 0 0 0-7M2.3 2.300a8 8 0 0 0 0 11.400m11.4 0a8 8 0 0 0 0-11.4" />
  ),
  columns: <path d="M2 3h12v10H2V3Zm4 0v10m4-10v10" />,
  star: <path d="m8 1.8 1.9 4 4.300.6-3.100 3.100.7 4.400L8 11.800l-3.800 2.100.7-4.400L1.8 6.400l4.300-.6L8 1.8Z" />,
  download: <path d="M8 2.500v8m0 0 3.200-3.200M8 10.500 4.8 7.300M2.5 10.500V13.500h11v-3" />,
  chart: <path d="M2 13.500h12M2.500 10.500l3.500-4 3 2.500 4.500-6" />,
  pin: (
    <path d="M9.500 1.800 14.200 6.500l-2.500.7-2.700 2.700-.3 3.300L3 7.500l3.300-.3L9 4.500l.5-2.700ZM5.700 10.300 2 14" />
  ),
  more: <path d="M3.500 8h.01M8 8h.01M12.5 8h.01" />,
  bell: (
    <path d="M3 11.500h10L11.800 9.500V6.500a3.800 3.800 0 0 0-7.600 0v3L3 11.500Zm3.500 0a1.500 1.500 0 0 0 3 0" />
  ),
  shield: <path d="M8 1.800 13 3.500v4.200c0 3.200-2 5.300-5 6.500-3-1.200-5-3.300-5-6.500V3.500L8 1.800Z" />,
  case: <path d="M2 5h12v8.500H2V5Zm3.500 0V2.500h5V5M2 8.800h12" />,
  comment: <path d="M2 3h12v8H7.500L4.500 13.800V11H2V3Z" />,
  snooze: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6 6.300h4L6 9.800h4" />,
  trash: <path d="M2.5 4h11M6 4V2h4v2m2 0-.6 10H4.600L4 4m2.7 2.800v4.500m2.6-4.500v4.5" />
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof shapes

export function Icon({ name, className = 'size-4' }: { name: IconName; className?: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      className={`shrink-0 ${className}`}
    >
      {shapes[name]}
    </svg>
  )
}

/** Three pickets of a fence, which are bars of a histogram as well. */
export function Logo({ className = 'size-7' }: { className?: string }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 32 32" className={`shrink-0 ${className}`}>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path
        className="fill-on-accent"
        d="M6.5 15.2 9 12.200l2.5 3V25h-5zM13.5 9.8 16 6.800l2.5 3V25h-5zM20.5 13.200l2.5-3 2.5 3V25h-5z"
      />
    </svg>
  )
}
