// Request → Identity or refusal: token, cookie, password, XSRF, Origin and Host, as in jupyter_server.
export { Guard, type GuardOptions } from "./guard.js";
export { loginRoutes, loginAddress, safeNext } from "./login-routes.js";
export { escapeHtml } from "./login-page.js";
export { hashPassword, verifyPassword } from "./password.js";
export { isLoopback } from "./host.js";
export { safeEqual } from "./safe-equal.js";
