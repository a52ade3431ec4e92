import { isReadableProse, isReadableText } from '@imgsrv/platform';
import { ValidateBy } from 'class-validator';

export interface ReadableTextRule {
  /** In characters, as code points; 0 when absent. A text that must not be empty must not be only blanks either. */
  readonly min?: number;
  readonly max: number;
  /** Whether tabs and line breaks are fine. */
  readonly isProse?: boolean;
}

/** What no pattern of the API document can say, for its descriptions. */
const VISIBLE =
  'no bidirectional controls, and zero-width characters only inside of emojis and of scripts that need them.';
const TEXT_RULE = `No control characters, ${VISIBLE}`;
const PROSE_RULE = `No control characters besides tabs and line breaks, ${VISIBLE}`;

/** Text that people see as it is: what `isReadableText` or `isReadableProse` of the platform accepts. */
export const IsReadableText = ({ min = 0, max, isProse = false }: ReadableTextRule): PropertyDecorator =>
  ValidateBy({
    name: 'isReadableText',
    constraints: [min, max, isProse ? PROSE_RULE : TEXT_RULE],
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' &&
        Array.from(value).length <= max &&
        (min === 0 || (Array.from(value).length >= min && value.trim() !== '')) &&
        (isProse ? isReadableProse(value) : isReadableText(value)),
      defaultMessage: () =>
        `$property must be text of ${min} to ${max} characters${min === 0 ? '' : ', not only blanks'}, without ` +
        `control, bidirectional or zero-width characters${isProse ? ' besides tabs and line breaks' : ''}`,
    },
  });
