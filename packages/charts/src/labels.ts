/** A text beside the end of a line, and where it stands without covering another. */
export interface PlacedLabel {
  readonly text: string;
  /** Of the line's end. */
  readonly value: number;
  /** Of the text. */
  readonly at: number;
}

/** Moves labels apart until there is `gap` between any two, as little as may be, keeping their order. */
export function placeLabels(
  labels: readonly { readonly text: string; readonly value: number }[],
  gap: number,
): PlacedLabel[] {
  const sorted = [...labels].sort((a, b) => a.value - b.value);
  // Clusters of labels that touch are centred on the mean of their values.
  const clusters: { values: number[]; centre: number }[] = [];
  for (const { value } of sorted) {
    let cluster = { values: [value], centre: value };
    for (let below = clusters.at(-1); below !== undefined; below = clusters.at(-1)) {
      const reach = ((below.values.length + cluster.values.length) * gap) / 2;
      if (cluster.centre - below.centre >= reach) break;
      clusters.pop();
      const values = [...below.values, ...cluster.values];
      cluster = { values, centre: values.reduce((sum, v) => sum + v, 0) / values.length };
    }
    clusters.push(cluster);
  }
  const positions = clusters.flatMap(({ values, centre }) =>
    values.map((_, i) => centre + (i - (values.length - 1) / 2) * gap),
  );
  return sorted.map((label, i) => ({ ...label, at: positions[i] as number }));
}
