/** To come. */

export function AlertMetricsPage() {
  return <p>to come</p>
}
