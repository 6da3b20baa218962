export function median(values) {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How far the runs lie apart: from the least to the greatest, as a share of the median. */
export function spread(values) {
  const finite = values.filter(Number.isFinite);
  return (Math.max(...finite) - Math.min(...finite)) / median(finite);
}

/** The median of each figure over the runs. */
export function medians(runs) {
  const keys = new Set(runs.flatMap((figures) => Object.keys(figures)));
  return Object.fromEntries([...keys].map((key) => [key, median(runs.map((figures) => figures[key]))]));
}
