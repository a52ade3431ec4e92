import type { SectionBytes } from './delta-bytes.js';
import { UnsoundDeltaError } from './unsound-delta.error.js';

const NEAR = 4;
const SAME = 3 * 256;

/** The addresses that copies of a window wrote lately, by which later ones are written shorter (RFC 3284, section 5.1). */
export class AddressCache {
  private readonly near: number[] = new Array<number>(NEAR).fill(0);
  private readonly same: number[] = new Array<number>(SAME).fill(0);
  private next = 0;

  /** Below `here`, the address at which the copy writes. Throws UnsoundDeltaError. */
  read(addresses: SectionBytes, mode: number, here: number): number {
    const address = this.decode(addresses, mode, here);
    if (address < 0 || address >= here) {
      throw new UnsoundDeltaError('it copies from where nothing is yet');
    }
    this.near[this.next] = address;
    this.next = (this.next + 1) % NEAR;
    this.same[address % SAME] = address;
    return address;
  }

  private decode(addresses: SectionBytes, mode: number, here: number): number {
    if (mode === 0) {
      return addresses.integer();
    }
    if (mode === 1) {
      return here - addresses.integer();
    }
    const near = mode - 2;
    return near < NEAR
      ? (this.near[near] ?? 0) + addresses.integer()
      : (this.same[(near - NEAR) * 256 + addresses.byte()] ?? 0);
  }
}
