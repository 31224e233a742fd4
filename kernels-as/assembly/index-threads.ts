// What the builds with threads export.
export * from "./index";
export { allocScratch, shareWork, work } from "./threads";
