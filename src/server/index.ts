export { createToken, listTokens, revokeToken } from './access/manage.ts';
export { isRole } from './access/events.ts';
export type { ProxySettings } from './access/proxy.ts';
export { ROLES, type Role } from './access/role.ts';
export { isUsable, type StoredToken } from './access/token.ts';
export { serve } from './serve.ts';
