import { isArchitectureName } from '../architectures.js';
import { ReservedNameError } from '../catalog.errors.js';

/**
 * Refuses a new name that is also the name of an architecture: Simple Streams clients make `alias/architecture`
 * themselves, so such a name would be read as the architecture. Throws ReservedNameError.
 */
export function refuseArchitectureName(name: string, member: string): void {
  if (isArchitectureName(name)) {
    throw new ReservedNameError(name, member);
  }
}
