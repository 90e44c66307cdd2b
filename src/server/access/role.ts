/** What somebody may do. Several roles add up. */
export const ROLES = ['viewer', 'operator', 'approver', 'administrator', 'instance'] as const;
export type Role = (typeof ROLES)[number];

/**
 * - `read`: everything about migrations
 * - `operate`: whatever `cutover pause`, `resume`, `advance`, `rollback`, `kill`, … do
 * - `confirm`: items of checklists
 * - `approve`: a plan
 * - `administer`: see tokens and refusals
 * - `report`: what an instance says about itself, and the state that it serves by
 */
export const PERMISSIONS = ['read', 'operate', 'confirm', 'approve', 'administer', 'report'] as const;
export type Permission = (typeof PERMISSIONS)[number];

const ALLOWED: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['read'],
  operator: ['read', 'operate', 'confirm'],
  approver: ['read', 'confirm', 'approve'],
  administrator: ['read', 'operate', 'confirm', 'approve', 'administer'],
  instance: ['report'],
};

/** Who asks, once that is proven. */
export type Identity = {
  /** How it was proven. What a browser sends by itself has to be guarded against other pages. */
  readonly by: 'token' | 'session' | 'proxy';
  /** The name that goes to the log. */
  readonly actor: string;
  readonly roles: readonly Role[];
  /** `migration/environment`, either of them `*`; `null` is everything. */
  readonly scopes: readonly string[] | null;
  /** Roles of plans in which this one may approve; `null` is every one. */
  readonly approves: readonly string[] | null;
  readonly token: string | null;
};

export function isAllowed(
  { roles, scopes }: Pick<Identity, 'roles' | 'scopes'>,
  permission: Permission,
): boolean {
  // Tokens and refusals are of every migration.
  if (permission === 'administer' && !isInScope({ scopes }, '*', '*')) return false;
  return roles.some((role) => ALLOWED[role].includes(permission));
}

/** Whether a migration in an environment is within the scopes. */
export function isInScope(
  { scopes }: Pick<Identity, 'scopes'>,
  migration: string,
  environment: string,
): boolean {
  if (scopes === null) return true;
  return scopes.some((scope) => {
    const [of = '', where = ''] = scope.split('/');
    return (of === '*' || of === migration) && (where === '*' || where === environment);
  });
}

export function permissionsOf(identity: Pick<Identity, 'roles' | 'scopes'>): readonly Permission[] {
  return PERMISSIONS.filter((permission) => isAllowed(identity, permission));
}
