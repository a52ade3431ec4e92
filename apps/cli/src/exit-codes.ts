/** How the command ends. These numbers never change: scripts decide by them. */
export const EXIT_CODES = {
  success: 0,
  failure: 1,
  usage: 2,
  'not-found': 3,
  denied: 4,
  conflict: 5,
  'failed-job': 6,
  unreachable: 7,
  interrupted: 130,
} as const;

export type ExitReason = keyof typeof EXIT_CODES;

/** What each means, for help and documentation. */
export const EXIT_MEANINGS: Readonly<Record<ExitReason, string>> = {
  success: 'done',
  failure: 'anything else went wrong, such as a full disk',
  usage: 'the command line, a file that it names or the configuration is wrong',
  'not-found': 'there is no such image, version, alias, job or file on the server',
  denied: 'no token, one that is not valid, or one that may not do this',
  conflict: 'somebody else was first, or what is there differs',
  'failed-job': 'the publish job, or the verification of an upload, has failed',
  unreachable: 'the server does not answer, or its certificate cannot be trusted',
  interrupted: 'interrupted by Ctrl-C; run it again to go on',
};
