/** Figures about Picket itself, in Prometheus's terms: one registry a process, read at `/metrics`. Names start with `picket_`. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = {
  readonly registry: Registry
  /** These make the metric at the first call and return the same one afterwards. */
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>
  /** `read`, if given, is called at each scrape. */
  gauge<L extends string>(name: string, help: string, labels?: readonly L[], read?: (gauge: Gauge<L>) => void): Gauge<L>
  histogram<L extends string>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: readonly L[]
  ): Histogram<L>
}

/** `process: true` adds what Node knows of itself (memory, CPU, event loop lag). */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (options.process ?? true) collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    counter: (name, help, labels = []) =>
      (registry.getSingleMetric(name) as Counter<never> | undefined) ??
      new Counter({ name, help, labelNames: [...labels], registers }),
    gauge: (name, help, labels = [], read) =>
      (registry.getSingleMetric(name) as Gauge<never> | undefined) ??
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        ...(read && {
          collect() {
            read(this as never)
          }
        })
      }),
    histogram: (name, help, buckets, labels = []) =>
      (registry.getSingleMetric(name) as Histogram<never> | undefined) ??
      new Histogram({ name, help, buckets: [...buckets], labelNames: [...labels], registers })
  }
}
