import { isArchitectureName, toIncusArchitecture } from './architectures.js';

describe('toIncusArchitecture', () => {
  it.each([
    ['x86_64', 'amd64'],
    ['amd64', 'amd64'],
    ['generic_64', 'amd64'],
    ['aarch64', 'arm64'],
    ['armv7l', 'armhf'],
    ['armv6l', 'armel'],
    ['armv8l', 'armv8l'],
    ['i686', 'i386'],
    ['386', 'i386'],
    ['loongarch64', 'loong64'],
    ['mipsel', 'mips'],
    ['mips64el', 'mips64'],
    ['ppc', 'powerpc'],
    ['powerpc64', 'ppc64'],
    ['ppc64le', 'ppc64el'],
    ['riscv64', 'riscv64'],
    ['s390x', 's390x'],
  ])('lists %s as %s', (name, spelling) => {
    expect(toIncusArchitecture(name)).toBe(spelling);
    expect(toIncusArchitecture(spelling)).toBe(spelling);
  });

  it.each(['', 'AMD64', 'x86-64', 'arm64v8', 'sparc64', 'all', 'noarch', 'constructor', '__proto__'])(
    'knows no architecture %p',
    (name) => {
      expect(toIncusArchitecture(name)).toBeUndefined();
      expect(isArchitectureName(name)).toBe(false);
    },
  );
});

describe('isArchitectureName', () => {
  it.each(['amd64', 'x86_64', 'arm', 'x86', 'riscv32', 'loong64'])('is true for %s', (name) => {
    expect(isArchitectureName(name)).toBe(true);
  });

  it.each(['debian', 'default', 'latest', 'amd64-cloud'])('is false for %s', (name) => {
    expect(isArchitectureName(name)).toBe(false);
  });
});
