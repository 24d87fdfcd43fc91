/** A metric in Prometheus' text format, one line for each set of labels. */
export function metricLines(
  name: string,
  type: "counter" | "gauge",
  values: readonly (readonly [labels: string, value: number | bigint])[],
): string[] {
  return [`# TYPE ${name} ${type}`, ...values.map(([labels, value]) => `${name}${labels} ${value}`)];
}
