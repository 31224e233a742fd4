/** A number that only grows, apart for each value of its labels; `lines` are Prometheus's text format. */
export type Counter = {
  add(amount: number, labels?: Readonly<Record<string, string | number>>): void;
  lines(): string[];
};

export function counter(name: string, help: string): Counter {
  const values = new Map<string, number>();
  return {
    add(amount, labels = {}) {
      const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      const series = pairs.length > 0 ? `${name}{${pairs.join(",")}}` : name;
      values.set(series, (values.get(series) ?? 0) + amount);
    },
    lines: () => [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...Array.from(values, ([series, value]) => `${series} ${value}`)],
  };
}
