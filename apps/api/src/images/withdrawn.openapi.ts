/** For every read of what a version declares. */
export const WITHDRAWN = {
  410: 'The version was withdrawn; `reason` and `withdrawn_at` say why and when',
} as const;
