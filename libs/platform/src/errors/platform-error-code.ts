import type { InvalidCursorError } from '../lists/invalid-cursor.error.js';
import type { DependencyUnavailableError } from './dependency-unavailable.error.js';

export type PlatformErrorCode = DependencyUnavailableError['code'] | InvalidCursorError['code'];
