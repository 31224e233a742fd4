// What the rule for `Data` in wrangler.jsonc makes of such an import.
declare module "*.safetensors" {
  const bytes: ArrayBuffer;
  export default bytes;
}
