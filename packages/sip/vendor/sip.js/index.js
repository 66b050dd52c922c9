// Export grammar
export * from "./grammar/index.js";
// Export namespaced core
import * as Core from "./core/index.js";
export { Core };
