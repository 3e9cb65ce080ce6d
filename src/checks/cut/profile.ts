import type { Profile } from './finding.ts';

/** How bad each finding is, unless another profile says so. A test holds it to the registry. */
export const defaultProfile: Profile = {};
