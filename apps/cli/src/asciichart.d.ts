declare module "asciichart" {
  const asciichart: { plot(series: readonly number[], config?: { height?: number }): string };
  export default asciichart;
}
