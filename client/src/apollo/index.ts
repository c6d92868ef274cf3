export { createAuthLink } from "./auth-link.js";
export { webSocketAuth } from "./web-socket-auth.js";
