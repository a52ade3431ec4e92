// The entry point of the image: `api`, `worker`, `rebuild`, `doctor` or `standalone`, then flags, or `cli` and a command line of
// the client. The command runs in this very process,
// so that the signals of the container engine reach it, and nothing stands between.
const PROGRAMS = {
  api: 'apps/api/src/main.js',
  worker: 'apps/publisher-worker/src/main.js',
  rebuild: 'apps/rebuild/src/main.js',
  doctor: 'apps/doctor/src/main.js',
  standalone: 'apps/standalone/src/main.js',
  cli: 'apps/cli/src/main.js',
};

const [command = '', ...flags] = process.argv.slice(2);
if (!Object.hasOwn(PROGRAMS, command)) {
  const commands = Object.keys(PROGRAMS).join(' | ');
  process.stderr.write(
    `usage: imgsrv ${commands} [--flag value ...]\n\n--help after a command lists its flags.\n`,
  );
  process.exit(2);
}

// Process 1 of a container ignores a signal that nobody listens for, and the program takes a moment to listen.
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'];
const stopEarly = () => process.exit(0);
for (const signal of STOP_SIGNALS) process.on(signal, stopEarly);
process.on('newListener', (signal) => {
  // Only once the new one is there: Node lets go of a signal with its last listener.
  if (STOP_SIGNALS.includes(signal)) process.nextTick(() => process.off(signal, stopEarly));
});

process.argv.splice(2, process.argv.length, ...flags);
await import(new URL(`dist/${PROGRAMS[command]}`, import.meta.url));
