/** To come. */

export function CasesPage() {
  return <p>to come</p>
}
