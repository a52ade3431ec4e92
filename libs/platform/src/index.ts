export { DependencyUnavailableError, type Dependency } from './errors/dependency-unavailable.error.js';
export { ImgsrvError } from './errors/imgsrv-error.js';
