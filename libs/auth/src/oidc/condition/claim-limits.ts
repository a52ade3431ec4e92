/** The longest text in a claim that a condition gets to see, in UTF-16 units. */
export const LONGEST_TEXT = 1024;
/** The longest list, and the most members of an object. */
export const LONGEST_LIST = 256;
/** All texts of all claims together, names of members among them. */
export const MOST_CHARACTERS = 16 * 1024;
/** All values of all claims together, those inside of others counted as well. */
export const MOST_VALUES = 512;
/** The same inside of one entry of a list, itself among them. */
export const MOST_VALUES_IN_ENTRY = 16;
/** How many lists and objects may be inside of each other. */
const DEEPEST = 4;

/**
 * Throws RangeError when claims are larger than what the cost of a condition was worked out for: see condition-cost.ts.
 * Takes time in proportion to these limits, not to the claims.
 */
export function requireBoundedClaims(claims: Readonly<Record<string, unknown>>): void {
  new Inventory().add(claims, 0);
}

class Inventory {
  private characters = 0;
  private values = 0;

  add(value: unknown, depth: number): void {
    this.values += 1;
    if (this.values > MOST_VALUES) {
      throw new RangeError(`the claims have more than ${MOST_VALUES} values`);
    }
    if (typeof value === 'string') {
      this.addText(value);
    } else if (Array.isArray(value)) {
      this.addList(value, depth);
    } else if (typeof value === 'object' && value !== null) {
      this.addMembers(value, depth);
    }
  }

  private addText(text: string): void {
    if (text.length > LONGEST_TEXT) {
      throw new RangeError(`a claim has a text of more than ${LONGEST_TEXT} characters`);
    }
    this.characters += text.length;
    if (this.characters > MOST_CHARACTERS) {
      throw new RangeError(`the claims have more than ${MOST_CHARACTERS} characters`);
    }
  }

  private addList(list: readonly unknown[], depth: number): void {
    requireLength(list.length, depth);
    for (const entry of list) {
      const before = this.values;
      this.add(entry, depth + 1);
      if (this.values - before > MOST_VALUES_IN_ENTRY) {
        throw new RangeError(`an entry of a list has more than ${MOST_VALUES_IN_ENTRY} values`);
      }
    }
  }

  private addMembers(members: object, depth: number): void {
    const entries = Object.entries(members);
    requireLength(entries.length, depth);
    for (const [name, member] of entries) {
      this.addText(name);
      this.add(member, depth + 1);
    }
  }
}

function requireLength(length: number, depth: number): void {
  if (length > LONGEST_LIST) {
    throw new RangeError(`a claim is a list of more than ${LONGEST_LIST} entries`);
  }
  if (depth > DEEPEST) {
    throw new RangeError(`a claim is nested deeper than ${DEEPEST}`);
  }
}
