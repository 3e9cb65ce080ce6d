/** Writes the command to `folder`, an absolute path: zonecut.js, and what it loads. */
export function bundleCommand(folder: string): Promise<void>;
