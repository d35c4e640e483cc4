/** To come. */

export function RulePage() {
  return <p>to come</p>
}
