/** How often a measure was at most so large; `lines` are Prometheus's text format. */
export type Histogram = {
  observe(value: number): void;
  lines(): string[];
};

/** Seconds up to which waiting is told apart. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60];

export function histogram(name: string, help: string): Histogram {
  const counts = BOUNDS.map(() => 0);
  let count = 0,
    sum = 0;
  return {
    observe(value) {
      count++;
      sum += value;
      BOUNDS.forEach((bound, i) => {
        if (value <= bound) counts[i] = (counts[i] as number) + 1;
      });
    },
    lines: () => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} histogram`,
      ...BOUNDS.map((bound, i) => `${name}_bucket{le="${bound}"} ${counts[i]}`),
      `${name}_bucket{le="+Inf"} ${count}`,
      `${name}_sum ${sum}`,
      `${name}_count ${count}`,
    ],
  };
}
