export * from "./grammar/index.js";
import * as Core from "./core/index.js";
export { Core };
