import { ImgsrvError } from '@imgsrv/platform';

/** A form that another site sent, or that this page did not make. */
export class ForgedFormError extends ImgsrvError {
  readonly code = 'forged-form';

  constructor(reason: 'origin' | 'token') {
    super(
      reason === 'origin'
        ? 'The form did not come from a page of this service.'
        : 'The form is not of your session any more; open the page again.',
    );
  }
}

export type PageErrorCode = ForgedFormError['code'];
