export default async () => {
  await globalThis.imgsrvJestRun?.end();
};
