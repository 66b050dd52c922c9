import type { DeclaredError, ErrorDeclaration } from '../../platform/declared-error.ts';
import { InvalidInput } from '../../platform/domain-error.ts';

/** The text is not a phone number in the required form, or not one that can be dialled. */
export class InvalidPhoneNumber extends InvalidInput {
  static override readonly declaration: ErrorDeclaration = {
    ...InvalidInput.declaration,
    camara: { status: 422, code: 'CLICK_TO_DIAL.INVALID_PHONE_NUMBER' },
    description: 'A phone number is not in E.164 form, or cannot be dialled.',
  };

  static override sample(): DeclaredError {
    return new InvalidPhoneNumber('callee', 'callee must be in E.164 form, such as +447700900123.');
  }
}
