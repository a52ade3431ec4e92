/** The released version of imgsrv; `package.json` says the same, and a test keeps them equal. */
export const CLI_VERSION = '0.1.0';
