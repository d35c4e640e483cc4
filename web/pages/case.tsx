/** To come. */

export function CasePage() {
  return <p>to come</p>
}
