/** A value once it has rested: what is typed is not asked about letter by letter. */

import { useEffect, useState } from 'react'

export function useLater<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return rested
}
