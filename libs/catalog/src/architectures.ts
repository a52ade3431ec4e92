/**
 * Every architecture that Incus knows: the spelling that image servers list, and the other names that Incus takes for
 * the same one. Incus makes no difference between the byte orders of MIPS.
 *
 * Source: `shared/osarch/architectures.go` of lxc/incus; each name was seen to be understood by the clients of
 * Incus 6.0.4 and LXD 5.0.2 (all but `loong64`, which LXD drops).
 */
const INCUS_ARCHITECTURES = {
  amd64: ['x86_64', 'generic_64'],
  arm64: ['aarch64', 'arm64_generic'],
  armel: ['armv6l', 'arm'],
  armhf: ['armv7l', 'armhfp', 'armv7', 'armv7a_hardfp', 'armv7a_vfpv3_hardfp'],
  armv8l: [],
  i386: ['i686', 'i586', '386', 'x86', 'generic_32'],
  loong64: ['loongarch64'],
  mips: ['mipsel', 'mipsle'],
  mips64: ['mips64el', 'mips64le'],
  powerpc: ['ppc'],
  ppc64: ['powerpc64'],
  ppc64el: ['ppc64le'],
  riscv32: [],
  riscv64: [],
  s390x: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

const SPELLING: ReadonlyMap<string, string> = new Map(
  Object.entries(INCUS_ARCHITECTURES).flatMap(([spelling, others]) =>
    [spelling, ...others].map((name): [string, string] => [name, spelling]),
  ),
);

/**
 * The spelling under which image servers list an architecture (`x86_64` → `amd64`), or undefined for one that Incus
 * does not know: a client drops such an image without a word.
 */
export function toIncusArchitecture(name: string): string | undefined {
  return SPELLING.get(name);
}

/**
 * Whether Incus takes this name for an architecture. A client makes `<alias>/<architecture>` from every alias it
 * reads, so an image, version, alias or variant of such a name could be confused with it and is refused.
 */
export function isArchitectureName(name: string): boolean {
  return SPELLING.has(name);
}
