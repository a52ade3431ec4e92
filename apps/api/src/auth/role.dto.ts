import type { Role } from '@imgsrv/auth';

export class RoleResponse {
  /** @example "content-writer" */
  id: string;
  display_name: string;
  description: string;
  /** @example ["content.write"] */
  actions: string[];
}

export class RoleListResponse {
  roles: RoleResponse[];
}

export function toRoleResponse(role: Role): RoleResponse {
  return {
    id: role.id,
    display_name: role.displayName,
    description: role.description,
    actions: [...role.actions],
  };
}
