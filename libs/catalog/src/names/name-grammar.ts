import { InvalidNameError } from '../catalog.errors.js';

/** What one sort of name may look like. Everything else is refused with 400, in a path as in a body. */
export class NameGrammar<Name extends string> {
  constructor(
    /** How sentences for the caller begin, such as `An image name`. */
    private readonly label: string,
    readonly pattern: RegExp,
    /** How the rule reads in such a sentence. */
    private readonly rule: string,
  ) {}

  /** Why a value is refused, as a sentence for the caller. */
  get refusal(): string {
    return `${this.label} ${this.rule}.`;
  }

  matches(value: unknown): value is Name {
    return typeof value === 'string' && this.pattern.test(value);
  }

  /** Throws InvalidNameError when the value does not match. */
  parse(value: string): Name {
    if (!this.matches(value)) {
      throw new InvalidNameError(this.refusal);
    }
    return value;
  }
}
