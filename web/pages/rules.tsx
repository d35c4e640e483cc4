/** To come. */

export function RulesPage() {
  return <p>to come</p>
}
