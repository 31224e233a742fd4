export * from "@refrain/sampling";
