import type { Evaluation } from "@refrain/train";

/** An accuracy, with that of its parts: "accuracy 21.27 % (frequent 37.50 %, rare 4.13 %)". */
export function accuracyText({ accuracy, accuracyOf = {} }: Pick<Evaluation, "accuracy" | "accuracyOf">): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const parts = Object.entries(accuracyOf).map(([part, share]) => `${part} ${percent(share)}`);
  return `accuracy ${percent(accuracy)}${parts.length > 0 ? ` (${parts.join(", ")})` : ""}`;
}

/** Seconds as "1 h 02 min", "3 min 20 s" or "12 s". */
export function duration(seconds: number): string {
  const s = Math.round(seconds),
    pad = (n: number) => String(n).padStart(2, "0");
  if (s >= 3600) return `${Math.floor(s / 3600)} h ${pad(Math.floor((s % 3600) / 60))} min`;
  return s >= 60 ? `${Math.floor(s / 60)} min ${pad(s % 60)} s` : `${s} s`;
}
