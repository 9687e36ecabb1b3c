// What is loaded when it is first needed (late.ts): nothing that a first picture needs.
// The build puts it into a script of its own, static/extras.js.
export { Ahead } from "./extras/ahead";
export { Chips } from "./extras/Chips";
export { Carried } from "./extras/carry";
export { keepCompany } from "./extras/company";
export { Help } from "./extras/Help";
export { HitRows } from "./extras/HitRows";
export { Offers, PictureOffer } from "./extras/Offers";
export { Slices } from "./extras/Slices";
export { Values } from "./extras/Values";

export type Extras = typeof import("./extras");
