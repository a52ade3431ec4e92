import type { DependencyUnavailableError } from './dependency-unavailable.error.js';

export type PlatformErrorCode = DependencyUnavailableError['code'];
