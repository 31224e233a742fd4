// What the builds with threads export.
export * from "./index";
export { fail, share } from "./parallel";
export { allocScratch, work } from "./threads";
